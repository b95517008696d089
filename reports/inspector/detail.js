// One delivery in full, and what can be done with it.

import { attempts } from "./attempts.js";
import { differing, hex, marked } from "./bytes.js";
import { base64Of, bytesOf, clock, el, readable, seconds, utf8 } from "./dom.js";
import { answerWords, schemaWords, signatureWords } from "./list.js";
import { get, post, text } from "./server.js";
import { tree } from "./tree.js";

const button = (words, onclick, more = {}) => el("button", { type: "button", onclick, ...more }, words);
const headerTable = (headers, label) => el("table", { class: "headers", "aria-label": label }, el("tbody", {},
  headers.map(([name, value]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value)))));
const fact = (name, ...value) => (value.some((one) => one !== "" && one !== null && one !== undefined) ? [el("dt", {}, name), el("dd", {}, ...value)] : []);

export class Detail {
  constructor(box, page) {
    Object.assign(this, { box, page, shown: null, marked: null, view: "tree", target: "" });
  }

  async open(n) {
    this.wanted = n;
    let found;
    try {
      found = await get(`deliveries/${n}`);
    } catch (error) {
      if (this.wanted === n) this.fail(error);
      return;
    }
    if (this.wanted !== n) return;
    const other = this.shown?.n !== n;
    this.shown = found;
    this.draw();
    if (other) {
      this.box.scrollTop = 0;
      this.box.focus({ preventScroll: true });
    }
  }

  /** It has changed meanwhile: drawn anew unless somebody is writing in it. */
  async renew(n) {
    if (this.shown?.n === n && this.wanted === n && !this.box.querySelector("form.edit")) await this.open(n);
  }

  fail(error) {
    this.shown = null;
    this.box.hidden = false;
    this.box.replaceChildren(this.closer(), el("p", { class: "bad", role: "alert" }, error.message));
  }

  close() {
    this.wanted = this.shown = null;
    this.box.hidden = true;
    this.box.replaceChildren();
    this.page.closed();
  }

  fill(...parts) {
    this.box.replaceChildren(...parts.flat(3).filter((one) => one));
  }

  closer() {
    return el("div", { class: "bar" }, button("Close", () => this.close()));
  }

  draw() {
    const one = this.shown, http = Boolean(one.method);
    this.result = el("output", { role: "status" });
    this.more = el("div");
    this.box.hidden = false;
    this.fill(
      el("h2", {}, http ? `${one.kind || "unknown kind"} ` : "Not HTTP ", el("small", { class: "quiet" }, `#${one.n}`)),
      this.bar(one, http), this.result, this.more, this.facts(one),
      http ? this.signed(one) : "",
      one.attempts.length > 1 ? [el("h3", {}, "Attempts"), attempts(one.attempts, one.n, (n) => this.page.open(n))] : "",
      http ? [el("h3", {}, "Headers"), headerTable(one.headers, "Headers")] : "",
      this.body(one), this.answer(one));
  }

  bar(one, http) {
    const compare = this.marked && this.marked !== one.n
      ? button(`Compare with #${this.marked}`, () => this.compare(this.marked))
      : button(this.marked === one.n ? "Marked to compare" : "Mark to compare", () => this.mark(one.n), { "aria-pressed": this.marked === one.n });
    return el("div", { class: "bar", role: "group", "aria-label": "Actions" },
      button("Close", () => this.close()), compare,
      http ? [
        button("Send again", () => this.ask("same")), button("Sign anew and send", () => this.ask("signed")), button("Edit and send", () => this.edit()),
        ["curl", "python", "pytest"].map((form) => button(`Copy ${{ curl: "curl", python: "Python", pytest: "pytest" }[form]}`, () => this.copy(form))),
        el("a", { href: `download?as=capture&n=${one.n}`, download: true }, "Capture"),
        el("a", { href: `download?as=har&n=${one.n}`, download: true }, "HAR"),
      ] : "",
      button("Delete", (event) => this.remove(event.target, one.n)));
  }

  facts(one) {
    const [signature, tone] = signatureWords(one), [schema, schemaTone] = schemaWords(one);
    const opinion = one.opinion ?? {};
    const whose = opinion.surface ? `${opinion.seems ? "seems to be " : ""}${[opinion.surface, ...(opinion.also ?? [])].join(" or ")}` : "nobody's that is documented";
    return el("dl", { class: "facts" },
      fact("Came", `${new Date(one.at * 1000).toLocaleDateString()} ${clock(one.at)}`),
      fact("Whose", one.judged && one.method ? whose : ""),
      fact("Request", one.method ? el("code", {}, `${one.method} ${one.target}`) : ""),
      fact("Id", one.ids ? el("code", {}, one.ids.split("\n").join(", ")) : ""),
      fact("Signature", signature === "—" && !one.method ? "" : el("span", { class: tone }, signature === "—" ? "none" : signature), one.why ? `: ${one.why}` : ""),
      fact("Schema", schema === "—" ? "" : el("span", { class: schemaTone }, schema), one.complaint ? `: ${one.complaint}` : ""),
      fact("Attempt", one.method ? `${one.attempt}${one.attempt > 1 ? `, ${seconds(one.gap)} after the one before` : ""}` : ""),
      fact("Answer", answerWords(one)),
      fact("Odd", one.note));
  }

  signed(one) {
    const told = one.opinion?.signed;
    if (!told) return "";
    const key = { "utf-8": "the secret's text", base64: "what the secret spells in Base64", hex: "what the secret spells in hex" }[told.key] ?? told.key;
    const body = readable(bytesOf(one.body.base64));
    const around = (words) => (words ? el("span", { class: "around" }, words) : "");
    return [el("h3", {}, "Signed text"),
      el("p", {}, `${told.algorithm} of `, el("code", {}, told.signs), `, keyed with ${key} (not shown), in the header `, el("code", {}, told.header)),
      el("pre", { class: "sent", tabindex: 0, role: "group", "aria-label": "Signed text" }, told.pieces.map((piece, at) => [at ? body : "", around(piece)]))];
  }

  body(one) {
    const bytes = bytesOf(one.body.base64), written = utf8(bytes), place = el("div");
    const views = { tree: "Tree", sent: "As sent", hex: "Hex" };
    const draw = () => {
      for (const each of choice.querySelectorAll("button")) each.setAttribute("aria-pressed", each.dataset.view === this.view);
      place.replaceChildren(this.viewed(bytes, written, one));
    };
    const choice = el("div", { class: "bar", role: "group", "aria-label": "Show the body as" }, Object.entries(views).map(([view, words]) =>
      button(words, () => { this.view = view; draw(); }, { "data-view": view })));
    draw();
    const cut = one.body.cut ? el("p", { class: "quiet" }, `The first ${bytes.length} of ${one.body.size} bytes are shown; a capture has all.`) : "";
    const complaint = one.complaint && !one.opinion?.pointer ? el("p", { class: "complaint" }, one.complaint) : "";
    return [el("h3", {}, `${one.method ? "Body" : "What came"} `, el("small", { class: "quiet" }, `${one.body.size} bytes`)), one.body.size ? [choice, complaint, cut, place] : complaint];
  }

  viewed(bytes, written, one) {
    if (this.view === "hex") return hex(bytes);
    if (this.view === "tree" && written !== null) {
      try {
        return tree(written, one.opinion?.pointer ?? "", one.opinion?.pointer ? one.complaint : "");
      } catch {
        // no JSON: shown as it was sent
      }
    }
    return el("pre", { class: "sent", tabindex: 0, role: "group", "aria-label": "The body as it was sent" }, readable(bytes));
  }

  answer(one) {
    const bytes = bytesOf(one.answer.body.base64), behind = one.forwarded;
    const said = behind ? el("p", {}, "Behind: ", el("code", {}, behind.url), ` ${behind.status ?? `${behind.outcome} ${behind.detail}`} in ${seconds(behind.elapsed_s)}`) : "";
    return [el("h3", {}, behind ? "What the receiver behind answered" : "What was answered"), said, el("p", {}, answerWords(one)),
      one.answer.headers.length ? headerTable(one.answer.headers, "Headers of the answer") : "",
      bytes.length ? el("pre", { class: "sent", tabindex: 0, role: "group", "aria-label": "Body of the answer" }, readable(bytes)) : ""];
  }

  say(words, bad = false) {
    this.result.className = bad ? "bad" : "";
    this.result.textContent = words;
  }

  mark(n) {
    this.marked = this.marked === n ? null : n;
    this.page.mark(this.marked);
    this.draw();
  }

  /** Where to send to is asked for, then it is sent. */
  ask(how) {
    const url = el("input", { name: "url", value: this.target || this.page.forward || "http://127.0.0.1:3000/", type: "text", inputmode: "url", autocomplete: "off", spellcheck: "false" });
    const form = el("form", { class: "edit", onsubmit: (event) => { event.preventDefault(); this.send({ how, url: url.value }); } },
      el("label", {}, "Send to", url), el("div", { class: "bar" }, el("button", {}, how === "signed" ? "Sign and send" : "Send"), button("Cancel", () => this.more.replaceChildren())));
    this.more.replaceChildren(form);
    url.focus();
  }

  edit() {
    const one = this.shown;
    if (one.body.cut) {
      this.say("It is too large to be edited here; download the capture and use hookproof replay.", true);
      return;
    }
    const bytes = bytesOf(one.body.base64), written = utf8(bytes), plain = written !== null && !written.includes("\r") && !written.includes("\0");
    const field = (name, value) => el("input", { name, value, autocomplete: "off", spellcheck: "false" });
    const url = field("url", this.target || this.page.forward || "http://127.0.0.1:3000/"), method = field("method", one.method);
    const headers = el("textarea", { name: "headers", rows: 7, spellcheck: "false", value: one.headers.map(([name, value]) => `${name}: ${value}`).join("\n") });
    const body = el("textarea", { name: "body", rows: 9, spellcheck: "false", value: plain ? written : one.body.base64 });
    const packed = el("input", { type: "checkbox", name: "packed", checked: !plain }), sign = el("input", { type: "checkbox", name: "sign" });
    const form = el("form", { class: "edit", onsubmit: (event) => {
      event.preventDefault();
      const pairs = headers.value.split("\n").filter((line) => line.trim()).map((line) => [line.split(":")[0].trim(), line.slice(line.indexOf(":") + 1).trim()]);
      const body64 = packed.checked ? body.value.replace(/\s/g, "") : base64Of(new TextEncoder().encode(body.value));
      this.send({ how: "edited", url: url.value, method: method.value, headers: pairs, body_base64: body64, sign: sign.checked });
    } },
    el("label", {}, "Send to", url), el("label", {}, "Method", method), el("label", {}, "Headers, one on each line", headers), el("label", {}, "Body", body),
    el("label", { class: "across" }, packed, "the body is written in Base64"), el("label", { class: "across" }, sign, "sign anew"),
    el("div", { class: "bar" }, el("button", {}, "Send"), button("Cancel", () => this.more.replaceChildren())));
    this.more.replaceChildren(form);
    url.focus();
  }

  async send(asked) {
    this.target = asked.url;
    this.say("sending…");
    try {
      const found = await post(`deliveries/${this.shown.n}/send`, asked);
      const words = found.status ? `answered ${found.status} in ${seconds(found.elapsed_s)}` : `no answer: ${found.outcome} ${found.detail}`;
      this.say(`${words}${found.body ? `: ${found.body.slice(0, 300)}` : ""}`, !(found.status < 300));
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async copy(form) {
    try {
      const script = await text(`deliveries/${this.shown.n}/copy?as=${form}`);
      this.more.replaceChildren(el("pre", { tabindex: 0, role: "group", "aria-label": `As ${form}` }, script));
      await navigator.clipboard.writeText(script);
      this.say("copied");
    } catch (error) {
      this.say(this.more.firstChild ? "select it to copy it" : error.message, !this.more.firstChild);
    }
  }

  async compare(n) {
    let other;
    try {
      other = await get(`deliveries/${n}`);
    } catch (error) {
      this.say(error.message, true);
      return;
    }
    const mine = this.shown, [one, two] = [bytesOf(other.body.base64), bytesOf(mine.body.base64)], found = differing(one, two);
    const names = [...new Set([...other.headers, ...mine.headers].map(([name]) => name.toLowerCase()))];
    const said = (headers, name) => headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value).join("\n");
    const rows = names.map((name) => [name, said(other.headers, name), said(mine.headers, name)]).filter(([, a, b]) => a !== b);
    const where = found.first < 0 ? "The bodies are the same to the last byte." : `The bodies first differ at byte ${found.first}; they have ${one.length} and ${two.length} bytes.`;
    this.fill(
      el("h2", {}, `#${n} and #${mine.n}`), el("div", { class: "bar" }, button("Back", () => this.draw()), button("Unmark", () => this.mark(n))),
      el("p", { role: "status" }, where),
      el("h3", {}, "Headers that differ"),
      rows.length ? el("table", { class: "compared" }, el("thead", {}, el("tr", {}, ["Header", `#${n}`, `#${mine.n}`].map((one) => el("th", { scope: "col" }, one)))),
        el("tbody", {}, rows.map(([name, a, b]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, a || "—"), el("td", {}, b || "—"))))) : el("p", { class: "quiet" }, "None."),
      el("h3", {}, "Bodies"),
      el("div", { class: "two" }, marked(one, found.one, `Body of #${n}`), marked(two, found.two, `Body of #${mine.n}`)));
    this.box.scrollTop = 0;
  }

  async remove(pressed, n) {
    if (pressed.dataset.sure !== "yes") {
      pressed.dataset.sure = "yes";
      pressed.textContent = "Press again to delete";
      return;
    }
    try {
      await post("delete", { numbers: [n] });
      if (this.marked === n) this.mark(n);
      this.close();
    } catch (error) {
      this.say(error.message, true);
    }
  }
}
