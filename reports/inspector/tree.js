// JSON as a tree that keeps every number as it was written, and members that come twice; the complaint at its place.

import { el, visible } from "./dom.js";

const DEEPEST = 200;
const MOST = 200;

/** Reads JSON into nodes: {name, text} for a value, {name, open, items} for an object or array. Throws for no JSON. */
export function read(text) {
  let at = 0;
  const space = () => {
    while (" \t\r\n".includes(text[at]) && at < text.length) at += 1;
  };
  const literal = /"(?:[^"\\\u0000-\u001f]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  const word = () => {
    literal.lastIndex = at;
    const found = literal.exec(text)?.[0];
    if (found === undefined) throw new SyntaxError(`at ${at}`);
    at += found.length;
    return found;
  };
  const expect = (one) => {
    if (text[at] !== one) throw new SyntaxError(`at ${at}`);
    at += 1;
  };
  const value = (depth) => {
    space();
    if (depth > DEEPEST) throw new RangeError("nested too deep");
    const open = text[at], close = { "{": "}", "[": "]" }[open];
    if (!close) return { text: word() };
    const items = [];
    at += 1;
    space();
    while (text[at] !== close) {
      if (items.length) expect(",");
      space();
      let name = items.length;
      if (open === "{") {
        const raw = word();
        name = JSON.parse(raw);
        if (typeof name !== "string") throw new SyntaxError(`at ${at}`);
        space();
        expect(":");
      }
      items.push({ name, ...value(depth + 1) });
      space();
    }
    at += 1;
    return { open, items };
  };
  const found = value(0);
  space();
  if (at < text.length) throw new SyntaxError(`at ${at}`);
  return found;
}

const step = (name) => String(name).replaceAll("~", "~0").replaceAll("/", "~1");

/** The tree of a JSON text. What a schema complains about is shown where it stands. */
export function tree(text, pointer, complaint) {
  const wrong = complaint ? pointer : null;
  const item = (node, path) => {
    const hit = path === wrong, on = wrong !== null && (hit || wrong.startsWith(`${path}/`));
    const said = hit ? el("span", { class: "complaint" }, complaint) : null;
    const name = node.name === undefined ? "" : el("span", { class: "name" }, `${typeof node.name === "number" ? node.name : visible(JSON.stringify(node.name))}: `);
    if (!node.items) {
      const kind = node.text[0] === '"' ? "text" : "other";
      return el("li", { class: hit && "wrong" }, el("span", { class: "here" }, name, el("bdi", { class: kind }, visible(node.text))), said);
    }
    const list = el("ul"), count = node.items.length;
    const fill = (from) => {
      const upto = Math.max(from + MOST, ...node.items.map((one, at) => (on && wrong.startsWith(`${path}/${step(one.name)}`) ? at + 1 : 0)).slice(0, 5000));
      list.append(...node.items.slice(from, upto).map((one) => item(one, `${path}/${step(one.name)}`)));
      if (upto < count) {
        const more = el("li", {}, el("button", { type: "button", onclick: () => { more.remove(); fill(upto); } }, `${count - upto} more`));
        list.append(more);
      }
    };
    const words = node.open === "{" ? `{…} ${count} ${count === 1 ? "member" : "members"}` : `[…] ${count} ${count === 1 ? "item" : "items"}`;
    const box = el("details", { ontoggle: () => box.open && !list.childNodes.length && fill(0) },
      el("summary", {}, el("span", { class: "here" }, name, el("span", { class: "quiet" }, words)), said), list);
    if (on || path.split("/").length < 4) {
      fill(0);
      box.open = true;
    }
    return el("li", { class: hit && "wrong" }, box);
  };
  return el("div", { class: "tree", tabindex: 0, role: "group", "aria-label": "The body as a tree" }, el("ul", {}, item(read(text), "")));
}
