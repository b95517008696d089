// A queue and a memory in one file that is only ever appended to: a line for each event taken, a line for each done.
// A line is on disk (fdatasync) before its promise resolves; lines that come meanwhile share the next write.

const fs = require('fs');

class Journal {
  constructor(path, work) {
    this.work = work;
    this.taken = new Map(); // id -> promise that it is on disk
    this.done = new Map(); // id -> how often it was worked on
    this.lines = []; // waiting to be written: { line, resolve, reject }
    this.queue = Promise.resolve(); // one piece of work after the other
    this.file = fs.openSync(path, 'a+');
    this.replay(path);
  }

  // Takes an event unless its id is known. Rejects if it cannot be written: then it is not known either.
  store(id, body) {
    if (!this.taken.has(id)) {
      const written = this.write({ taken: id, body: body.toString('base64') });
      this.taken.set(id, written);
      written.then(
        () => this.begin(id, body),
        () => this.taken.delete(id),
      );
    }
    return this.taken.get(id);
  }

  effects(id) {
    return this.done.get(id) || 0;
  }

  begin(id, body) {
    this.queue = this.queue.then(async () => {
      await this.work(id, body);
      await this.write({ done: id });
      this.done.set(id, this.effects(id) + 1);
    }).catch((error) => console.error('left for the next start:', error));
  }

  write(entry) {
    return new Promise((resolve, reject) => {
      this.lines.push({ line: JSON.stringify(entry) + '\n', resolve, reject });
      if (!this.writing) this.writing = this.flush();
    });
  }

  async flush() {
    while (this.lines.length) {
      const lines = this.lines.splice(0);
      const error = await this.append(lines.map(({ line }) => line).join(''));
      for (const { resolve, reject } of lines) error ? reject(error) : resolve();
    }
    this.writing = undefined;
  }

  // Resolves to the error, if any. What was written in part is cut off again, so that no line is ever half a line.
  append(text) {
    const size = fs.fstatSync(this.file).size;
    return new Promise((resolve) => {
      const failed = (error) => fs.ftruncate(this.file, size, () => resolve(error));
      fs.appendFile(this.file, text, (error) => {
        if (error) return failed(error);
        fs.fdatasync(this.file, (error) => (error ? failed(error) : resolve()));
      });
    });
  }

  // Reads what an earlier process left: known ids, and events it had taken but not done. A line without an end was
  // never acknowledged and is cut off.
  replay(path) {
    const bytes = fs.readFileSync(path);
    const whole = bytes.lastIndexOf('\n') + 1;
    fs.ftruncateSync(this.file, whole);
    const open = new Map();
    for (const line of bytes.subarray(0, whole).toString().split('\n').filter(Boolean)) {
      const entry = JSON.parse(line);
      if ('done' in entry) {
        open.delete(entry.done);
        this.done.set(entry.done, this.effects(entry.done) + 1);
      } else {
        open.set(entry.taken, Buffer.from(entry.body, 'base64'));
        this.taken.set(entry.taken, Promise.resolve());
      }
    }
    for (const [id, body] of open) this.begin(id, body);
  }
}

module.exports = { Journal };
