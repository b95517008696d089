// Bytes for people: as hex, and two of them side by side with what differs marked.

import { el, readable } from "./dom.js";

const SHOWN = 16384;
const ALIGNED = 1500;

/** A classic dump: offset, sixteen bytes in hex, and as letters. */
export function hex(bytes) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, SHOWN); at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const digits = part.map((one) => one.toString(16).padStart(2, "0")).join(" ");
    const letters = part.map((one) => (one > 31 && one < 127 ? String.fromCharCode(one) : ".")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${digits.padEnd(47)}  ${letters}`);
  }
  if (bytes.length > SHOWN) lines.push(`… and ${bytes.length - SHOWN} more bytes`);
  return el("pre", { class: "hex", tabindex: 0, role: "group", "aria-label": "The body in hex" }, lines.join("\n"));
}

/** How two byte strings differ, as runs: [same?, from, to] of each; first: the first byte that differs, or -1. */
export function differing(one, two) {
  let first = 0, end = 0;
  const least = Math.min(one.length, two.length);
  while (first < least && one[first] === two[first]) first += 1;
  if (first === one.length && first === two.length) return { first: -1, one: [[true, 0, first]], two: [[true, 0, first]] };
  while (end < least - first && one[one.length - 1 - end] === two[two.length - 1 - end]) end += 1;
  const [mine, theirs] = [one.subarray(first, one.length - end), two.subarray(first, two.length - end)];
  const inner = mine.length <= ALIGNED && theirs.length <= ALIGNED ? aligned(mine, theirs) : [[[false, 0, mine.length]], [[false, 0, theirs.length]]];
  const whole = (runs, size) => [[true, 0, first], ...runs.map(([same, from, to]) => [same, from + first, to + first]), [true, size - end, size]].filter(([, from, to]) => from < to);
  return { first, one: whole(inner[0], one.length), two: whole(inner[1], two.length) };
}

/** The longest common subsequence of two short byte strings, as runs of each. */
function aligned(one, two) {
  const wide = two.length + 1, table = new Uint16Array((one.length + 1) * wide);
  for (let a = one.length - 1; a >= 0; a--) {
    for (let b = two.length - 1; b >= 0; b--) {
      table[a * wide + b] = one[a] === two[b] ? table[(a + 1) * wide + b + 1] + 1 : Math.max(table[(a + 1) * wide + b], table[a * wide + b + 1]);
    }
  }
  const runs = [[], []];
  const add = (side, same, at) => {
    const last = runs[side].at(-1);
    if (last?.[0] === same && last[2] === at) last[2] = at + 1;
    else runs[side].push([same, at, at + 1]);
  };
  let a = 0, b = 0;
  while (a < one.length || b < two.length) {
    if (a < one.length && b < two.length && one[a] === two[b]) {
      add(0, true, a++);
      add(1, true, b++);
    } else if (b >= two.length || (a < one.length && table[(a + 1) * wide + b] >= table[a * wide + b + 1])) add(0, false, a++);
    else add(1, false, b++);
  }
  return runs;
}

/** Bytes as text with the runs that differ marked. */
export function marked(bytes, runs, label) {
  const parts = runs.map(([same, from, to]) => {
    const text = readable(bytes.subarray(from, to));
    return same ? text : el("mark", {}, text);
  });
  return el("pre", { tabindex: 0, role: "group", "aria-label": label }, parts);
}
