// Elements made of values: whatever a stranger sent becomes text, never markup.

const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/g;

/** Control, zero-width and bidirectional characters written out. */
export const visible = (text) => text.replace(ODD, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** An element: its attributes and listeners (onclick: …), then its children; texts are text. */
export function el(name, given = {}, ...children) {
  const made = name === "svg" || given.svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key === "svg" || value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false && one !== ""));
  return made;
}

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

export function base64Of(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

/** Bytes as UTF-8; null where they are none. */
export function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes as text for people: UTF-8, or each byte as the character of that number. */
export const readable = (bytes) => visible(utf8(bytes) ?? new TextDecoder("latin1").decode(bytes));

export const seconds = (value) =>
  value === null || value === undefined ? "" : value < 1 ? `${(value * 1000).toPrecision(3)} ms` : value < 600 ? `${value.toFixed(1)} s` : value < 36000 ? `${(value / 60).toFixed(1)} min` : `${(value / 3600).toFixed(1)} h`;

export function clock(at) {
  const when = new Date(at * 1000), two = (value, width = 2) => String(value).padStart(width, "0");
  return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}.${two(when.getMilliseconds(), 3)}`;
}
