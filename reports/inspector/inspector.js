// The page put together: the list, one delivery, what is answered, and what has changed meanwhile.

import { Detail } from "./detail.js";
import { el } from "./dom.js";
import { List } from "./list.js";
import { changes, get, post } from "./server.js";

const by = (id) => document.getElementById(id);
const [main, filter, answering] = [document.querySelector("main"), by("filter"), by("answering")];

const page = {
  forward: "",
  open: (n) => list.open(n),
  mark(n) {
    list.marked = n;
    list.draw();
  },
  closed() {
    main.classList.remove("opened");
    list.chosen = null;
    list.later();
    by("list").focus();
  },
};
const detail = new Detail(by("detail"), page);
const list = new List(by("list"), by("space"), (n) => {
  main.classList.add("opened");
  detail.open(n);
});
list.counted = (count) => {
  by("count").textContent = count;
  by("nothing").hidden = count > 0;
  by("nothing").textContent = query().toString() ? "Nothing like that is here." : "Nothing has come yet. Point a sender at the address above.";
};

const told = {};
let stream, loads = 0, reloading = null;

function query() {
  const found = new URLSearchParams();
  for (const [name, value] of new FormData(filter)) if (value) found.set(name, value);
  return found;
}

/** Fetch what there is, and listen from there on. */
async function load() {
  const mine = ++loads, asked = query();
  stream?.close();
  for (const [id, as] of [["as-capture", "capture"], ["as-har", "har"]]) by(id).href = `download?as=${as}&${asked}`;
  let found;
  try {
    found = await get(`numbers?${asked}`);
  } catch {
    connected(false);
    setTimeout(() => mine === loads && load(), 1000);
    return;
  }
  if (mine !== loads) return;
  list.replace(found.numbers);
  stream = changes(asked, found.change, { changes: changed, state, connected });
}

function changed(found) {
  if (found.anew) {
    reloading ??= setTimeout(() => {
      reloading = null;
      load();
    }, 700);
    return;
  }
  list.change(found.rows, found.gone);
  const open = detail.shown?.n;
  if (found.rows.some((row) => row.n === open)) detail.renew(open);
}

function connected(there) {
  by("connection").textContent = there ? "live" : "not connected: trying again…";
  by("connection").classList.toggle("gone", !there);
}

function state(now) {
  page.forward = now.forward;
  by("url").textContent = `${now.url}/`;
  for (const name of ["answer", "challenges"]) {
    if (now[name] !== told[name]) answering.elements[name].value = told[name] = now[name]; // what somebody is writing stays
  }
  const notes = [now.trouble, now.dropped ? `the oldest ${now.dropped} deliveries had to go: more came than is kept` : "", now.forward ? `forwarded to ${now.forward}` : ""].filter(Boolean);
  by("notice").hidden = !notes.length;
  if (by("notice").textContent !== notes.join(" · ")) by("notice").textContent = notes.join(" · ");
}

answering.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    state(await post("state", Object.fromEntries(new FormData(answering))));
    by("answered").className = "";
    by("answered").textContent = "so it is";
  } catch (error) {
    by("answered").className = "bad";
    by("answered").textContent = error.message;
  }
});

let typing;
filter.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(load, 200);
});
filter.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  load();
});

by("copy-url").addEventListener("click", async () => {
  await navigator.clipboard.writeText(by("url").textContent).catch(() => getSelection().selectAllChildren(by("url")));
});

by("delete-all").addEventListener("click", async (event) => {
  const pressed = event.target;
  if (pressed.dataset.sure !== "yes") {
    pressed.dataset.sure = "yes";
    pressed.textContent = "Press again to delete all";
    setTimeout(() => Object.assign(pressed, { textContent: "Delete all" }).removeAttribute("data-sure"), 4000);
    return;
  }
  await post("delete", { numbers: "all" }).catch((error) => by("listing").append(el("p", { class: "bad", role: "alert" }, error.message)));
  if (detail.shown) detail.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && detail.shown) detail.close();
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
    filter.elements.text.focus();
    event.preventDefault();
  }
});

load();
