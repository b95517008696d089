// The list: tens of thousands of deliveries by their numbers, of which only those in sight are fetched and drawn.

import { clock, el, seconds } from "./dom.js";
import { get } from "./server.js";

const AROUND = 8;
const FETCHED = 200;

/** The words and the tone of what is thought of a signature. */
export function signatureWords(row) {
  if (!row.judged) return ["…", ""];
  return {
    right: ["right", "pass"], wrong: ["wrong", "fail"], missing: ["not signed", "fail"], stale: ["stale", "warn"],
    unchecked: ["not checked", "warn"], none: ["—", ""],
  }[row.signature] ?? ["—", ""];
}

export const schemaWords = (row) => ({ right: ["right", "pass"], wrong: ["wrong", "fail"] })[row.schema] ?? [row.judged ? "—" : "…", ""];

export const answerWords = (row) =>
  row.outcome === "open" ? `${row.planned} …` : `${row.said}${row.outcome === "answered" ? ` in ${seconds(row.elapsed)}` : ""}`;

export class List {
  constructor(box, space, opened) {
    Object.assign(this, { box, space, opened, numbers: [], rows: new Map(), here: 0, chosen: null, marked: null, asked: new Set() });
    this.drawn = new Map();
    box.addEventListener("scroll", () => this.later());
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("click", (event) => this.click(event));
    new ResizeObserver(() => this.later()).observe(box);
  }

  get height() {
    return parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  /** All deliveries there are, newest first. */
  replace(numbers) {
    const at = this.numbers[this.here];
    this.numbers = numbers;
    this.here = Math.max(0, at === undefined ? 0 : this.place(at));
    for (const n of this.rows.keys()) if (this.place(n) < 0) this.rows.delete(n);
    this.later();
  }

  /** Where a number stands; negative if it does not. Numbers fall. */
  place(n) {
    let low = 0, high = this.numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.numbers[middle] > n) low = middle + 1;
      else high = middle;
    }
    return this.numbers[low] === n ? low : ~low;
  }

  /** Rows that are new or have changed, and numbers that are gone. What is in sight stays where it is. */
  change(rows, gone) {
    const at = this.numbers[this.here];
    let moved = 0;
    const top = Math.floor(this.box.scrollTop / this.height);
    for (const row of rows) {
      const place = this.place(row.n);
      if (place < 0) {
        this.numbers.splice(~place, 0, row.n);
        if (~place <= top) moved += 1;
      }
      this.rows.set(row.n, row);
    }
    const away = new Set(gone.filter((n) => this.place(n) >= 0));
    if (away.size) {
      for (const n of away) if (this.place(n) < top) moved -= 1;
      this.numbers = this.numbers.filter((n) => !away.has(n));
      for (const n of away) this.rows.delete(n);
    }
    if (moved && this.box.scrollTop > 0) this.box.scrollTop += moved * this.height;
    if (at !== undefined) {
      const now = this.place(at);
      this.here = Math.max(0, now < 0 ? Math.min(~now, this.numbers.length - 1) : now);
    }
    this.later();
  }

  later() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      this.draw();
    });
  }

  draw() {
    const height = this.height, first = Math.max(0, Math.floor(this.box.scrollTop / height) - AROUND);
    const last = Math.min(this.numbers.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / height) + AROUND);
    this.space.style.height = `${this.numbers.length * height}px`;
    const wanted = new Set(), missing = [];
    for (let at = first; at < last; at++) {
      const n = this.numbers[at], row = this.rows.get(n);
      wanted.add(n);
      if (!row) missing.push(n);
      this.drawRow(n, at, row, height);
    }
    for (const [n, drawn] of this.drawn) {
      if (!wanted.has(n)) {
        drawn.element.remove();
        this.drawn.delete(n);
      }
    }
    const active = this.drawn.get(this.numbers[this.here]);
    if (active) this.box.setAttribute("aria-activedescendant", active.element.id);
    else this.box.removeAttribute("aria-activedescendant");
    this.fetch(missing);
    this.counted?.(this.numbers.length);
  }

  drawRow(n, at, row, height) {
    const look = `${at}/${this.numbers.length} ${row?.changed} ${this.chosen === n} ${this.marked === n} ${this.here === at} ${height}`;
    const drawn = this.drawn.get(n);
    if (drawn?.look === look) return;
    const element = this.element(n, row);
    element.style.top = `${at * height}px`;
    element.setAttribute("aria-posinset", at + 1);
    element.setAttribute("aria-setsize", this.numbers.length);
    element.setAttribute("aria-selected", this.chosen === n);
    element.classList.toggle("here", this.here === at);
    if (drawn) drawn.element.replaceWith(element);
    else this.space.append(element);
    this.drawn.set(n, { element, look });
  }

  element(n, row) {
    const given = { class: "row", role: "option", id: `row-${n}`, "data-n": n };
    if (!row) return el("div", given, el("span", {}, "…"));
    const [signature, tone] = signatureWords(row), [schema, schemaTone] = schemaWords(row);
    const kind = !row.method ? "not HTTP" : row.method === "POST" ? row.kind || "unknown kind" : `${row.method} ${row.target}`;
    return el("div", given,
      el("span", { class: "time" }, `${this.marked === n ? "◆ " : ""}${clock(row.at)}`),
      el("span", { class: "kind", title: kind }, kind),
      el("span", { class: "id" }, row.ids.split("\n")[0] || row.note),
      el("span", { class: tone, title: row.why }, el("span", { class: "only-narrow" }, signature === "—" ? "" : "sig. "), signature),
      el("span", { class: schemaTone, title: row.complaint }, el("span", { class: "only-narrow" }, schema === "—" ? "" : "schema "), schema === "—" ? "" : schema),
      el("span", { class: "attempt" }, row.attempt > 1 ? `${row.attempt} (+${seconds(row.gap)})` : row.method ? "1" : ""),
      el("span", { class: row.outcome === "answered" && row.status < 300 ? "" : row.outcome === "open" ? "" : "warn" }, answerWords(row)));
  }

  async fetch(missing) {
    const wanted = missing.filter((n) => !this.asked.has(n)).slice(0, FETCHED);
    if (!wanted.length) return;
    for (const n of wanted) this.asked.add(n);
    try {
      for (const row of await get(`rows?n=${wanted.join(",")}`)) {
        const known = this.rows.get(row.n);
        if (this.place(row.n) >= 0 && !(known?.changed > row.changed)) this.rows.set(row.n, row);
      }
    } catch {
      await new Promise((over) => setTimeout(over, 1000));
    } finally {
      for (const n of wanted) this.asked.delete(n);
    }
    if (this.rows.size > 5000) this.forget();
    this.later();
  }

  /** Forget rows that are far from sight. */
  forget() {
    for (const n of this.rows.keys()) if (!this.drawn.has(n)) this.rows.delete(n);
  }

  click(event) {
    const n = Number(event.target.closest?.(".row")?.dataset.n);
    if (n) this.open(n);
  }

  open(n) {
    const place = this.place(n);
    if (place >= 0) this.here = place;
    this.chosen = n;
    this.draw();
    this.opened(n);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1), end = this.numbers.length - 1;
    const to = {
      ArrowDown: this.here + 1, ArrowUp: this.here - 1, PageDown: this.here + page, PageUp: this.here - page, Home: 0, End: end,
    }[event.key];
    if (to !== undefined && end >= 0) {
      this.here = Math.min(end, Math.max(0, to));
      this.show();
    } else if ((event.key === "Enter" || event.key === " ") && this.numbers[this.here] !== undefined) this.open(this.numbers[this.here]);
    else return;
    event.preventDefault();
  }

  /** Scroll until the present row is in sight. */
  show() {
    const top = this.here * this.height, bottom = top + this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (bottom > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = bottom - this.box.clientHeight;
    this.draw();
  }
}
