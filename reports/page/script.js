// Comfort only: a filter, Copy buttons, links that open what they point to, print with the failures open.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const cards = all(".card").map((card) => [card, card.dataset.verdict, card.textContent.toLowerCase()]);

  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const filter = () => {
    const wanted = new FormData(form);
    const verdicts = new Set(wanted.getAll("verdict"));
    const text = wanted.get("text").trim().toLowerCase();
    let count = 0;
    for (const [card, verdict, words] of cards) {
      card.hidden = !(verdicts.has(verdict) && words.includes(text));
      count += card.hidden ? 0 : 1;
    }
    for (const area of all(".area")) {
      const own = all(".card", area);
      area.hidden = own.length > 0 && own.every((card) => card.hidden);
    }
    shown.value = `${count} of ${cards.length} requirements`;
  };
  if (form) {
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    filter();
  }

  const copy = async (pre, button) => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      getSelection().selectAllChildren(pre);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };
  for (const box of all(".copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", () => copy(box.querySelector("pre"), button));
    box.append(button);
  }

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.matches(".card")) return;
    if (target.hidden) {
      form.reset();
      filter();
    }
    target.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all(".card.fail, .card.fail details:not(.also), .card.warn").filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
