// The attempts of one delivery on a time axis: when each came, how long it was open, what it got.

import { clock, el, seconds } from "./dom.js";

const WIDE = 600;

export function attempts(found, mine, open) {
  const first = found[0].at, last = Math.max(...found.map((one) => one.at + (one.elapsed ?? 0))), span = Math.max(last - first, 0.001);
  const x = (at) => 10 + ((at - first) / span) * (WIDE - 20);
  const drawing = el("svg", { viewBox: `0 0 ${WIDE} 36`, role: "img", "aria-label": `${found.length} attempts within ${seconds(span)}`, preserveAspectRatio: "none" },
    el("line", { svg: 1, class: "axis", x1: 5, x2: WIDE - 5, y1: 18, y2: 18 }),
    found.map((one) => el("rect", {
      svg: 1, class: `${one.acknowledged ? "good" : "poor"}${one.n === mine ? " mine" : ""}`,
      x: x(one.at) - 2, y: 6, height: 24, width: Math.max(4, x(one.at + (one.elapsed ?? 0)) - x(one.at)),
    })));
  const scale = el("p", { class: "scale", "aria-hidden": "true" }, el("span", {}, clock(first)), el("span", {}, `+${seconds(span)}`));
  const rows = found.map((one, at) => el("tr", {},
    el("td", {}, one.n === mine ? el("b", {}, `${at + 1} (this)`) : el("button", { type: "button", onclick: () => open(one.n) }, `${at + 1}`)),
    el("td", {}, clock(one.at)),
    el("td", {}, at ? `+${seconds(one.at - found[at - 1].at)}` : ""),
    el("td", {}, seconds(one.elapsed)),
    el("td", { class: one.acknowledged ? "pass" : "fail" }, one.said)));
  return [drawing, scale, el("table", {},
    el("thead", {}, el("tr", {}, ["Attempt", "Came at", "Gap", "Open for", "Answer"].map((one) => el("th", { scope: "col" }, one)))),
    el("tbody", {}, rows))];
}
