// Who gets what, and when. Each endpoint has a queue of its own; all of it is in a journal, and survives in it: a line
// [what, value] for each change, on disk before memory changes. Changes that come meanwhile share the next write.

import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { post } from './outgoing.js';

const MOST_ATTEMPTS = 6;
const MOST_OPEN = 25; // requests to one endpoint at a time
const LONGEST_MS = 24 * 3600 * 1000; // that Retry-After may delay an attempt
const append = promisify(fs.appendFile);
const fdatasync = promisify(fs.fdatasync);

export function openDeliveries({ path, secret, backoffMs }) {
  const endpoints = new Map(); // id -> { id, url, events, created_at }
  const events = new Map(); // id -> { body, to: Map of endpoint's id -> { attempts, due } }, until all have it
  const queues = new Map(); // endpoint's id -> { ready: ids of events that are due, open: number of requests }
  const waiting = []; // changes on their way to disk: { entry, resolve, reject }
  let writing = false;

  const changes = {
    registered: (endpoint) => endpoints.set(endpoint.id, endpoint),
    removed(to) {
      endpoints.delete(to);
      queues.delete(to);
      for (const id of events.keys()) changes.done({ id, to });
    },
    emitted({ id, body, to }) {
      const known = Object.entries(to).filter(([endpoint]) => endpoints.has(endpoint));
      if (known.length) events.set(id, { body, to: new Map(known) });
    },
    failed: ({ id, to, ...next }) => find(id, to) && events.get(id).to.set(to, next),
    done({ id, to }) {
      const left = events.get(id)?.to;
      if (left?.delete(to) && !left.size) events.delete(id);
    },
  };
  const apply = ([what, value]) => changes[what](value);
  const find = (id, to) => events.get(id)?.to.get(to); // undefined when it is over, or the endpoint removed

  function record(...entry) {
    return new Promise((resolve, reject) => {
      waiting.push({ entry, resolve, reject });
      if (!writing) flush();
    });
  }

  async function flush() {
    writing = true;
    while (waiting.length) {
      const batch = waiting.splice(0);
      const { size } = fs.fstatSync(file);
      const error = await append(file, batch.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''))
        .then(() => fdatasync(file)).catch((error) => error);
      if (error) fs.ftruncateSync(file, size); // leave no half line; if that fails too, the process ends
      for (const { entry, resolve, reject } of batch) error ? reject(error) : resolve(apply(entry));
    }
    writing = false;
  }

  // Reads what an earlier process left and puts what still counts in its place: the old journal is there, or the new.
  function replay() {
    const text = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '';
    for (const line of text.split('\n').slice(0, -1)) apply(JSON.parse(line)); // without an end, it was never promised
    const entries = [...endpoints.values()].map((endpoint) => ['registered', endpoint]);
    for (const [id, { body, to }] of events) entries.push(['emitted', { id, body, to: Object.fromEntries(to) }]);
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    fs.writeFileSync(`${path}.new`, lines, { mode: 0o600, flush: true });
    fs.renameSync(`${path}.new`, path);
    fs.fsyncSync(fs.openSync(dirname(path), 'r'));
    for (const [id, { to }] of events) for (const endpoint of to.keys()) schedule(id, endpoint);
    return fs.openSync(path, 'a');
  }

  function schedule(id, to) {
    if (!find(id, to)) return;
    if (!queues.has(to)) queues.set(to, { ready: [], open: 0 });
    setTimeout(enqueue, Math.min(find(id, to).due - Date.now(), LONGEST_MS), queues.get(to), id, to);
  }

  function enqueue(queue, id, to) {
    queue.ready.push(id);
    work(queue, to);
  }

  function work(queue, to) {
    while (queue.open < MOST_OPEN && queue.ready.length) {
      const id = queue.ready.shift();
      if (!find(id, to)) continue;
      queue.open += 1;
      attempt(id, to).finally(() => {
        queue.open -= 1;
        work(queue, to);
      });
    }
  }

  async function attempt(id, to) {
    const bytes = Buffer.from(events.get(id).body);
    const { status, retryAfterMs = 0, error = `status ${status}` } = await post(endpoints.get(to).url, {
      'Content-Type': 'application/json',
      'User-Agent': 'node-sender/1.0',
      'X-Wap-Signature': createHmac('sha256', secret).update(bytes).digest('hex'),
    }, bytes);
    if (!find(id, to)) return;
    if (status >= 200 && status < 300) return note('done', { id, to });
    const attempts = find(id, to).attempts + 1;
    console.error(`${id} to ${to}: attempt ${attempts} of ${MOST_ATTEMPTS}: ${error}`);
    if (attempts >= MOST_ATTEMPTS) return note('done', { id, to });
    const backoff = backoffMs * 2 ** (attempts - 1) * (0.9 + 0.2 * Math.random());
    const delay = Math.min(Math.max(backoff, retryAfterMs), LONGEST_MS);
    await note('failed', { id, to, attempts, due: Date.now() + Math.ceil(delay) });
    schedule(id, to);
  }

  // A full disk stops no delivery that was promised; a restart may then repeat it.
  const note = (...entry) => record(...entry).catch((error) => {
    console.error('not in the journal:', error);
    apply(entry);
  });

  const file = replay();
  return {
    endpoints,
    register: (endpoint) => record('registered', endpoint),
    remove: (id) => record('removed', id),
    async emit(id, body, recipients) {
      const to = Object.fromEntries(recipients.map((endpoint) => [endpoint, { attempts: 0, due: Date.now() }]));
      await record('emitted', { id, body, to });
      for (const endpoint of recipients) schedule(id, endpoint);
    },
  };
}
