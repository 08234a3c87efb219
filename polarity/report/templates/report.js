"use strict";
(() => {
  const PAGE = 50;
  const form = document.getElementById("filter");
  const list = document.getElementById("cards");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const rest = document.getElementById("rest");
  if (!form) return;
  const cards = [...list.children, ...rest.content.children];
  let texts = null; // lower-cased once, when somebody searches
  let found = cards;
  let shown = 0;

  function showMore() {
    list.append(...found.slice(shown, shown + PAGE));
    shown = Math.min(shown + PAGE, found.length);
    more.hidden = shown === found.length;
    const all = cards.length.toLocaleString("en");
    count.textContent = `${found.length.toLocaleString("en")} of ${all} found, ${shown.toLocaleString("en")} shown`;
  }

  function apply() {
    const data = new FormData(form);
    const wanted = [...data].filter(([name, value]) => value && name !== "search");
    const words = data.get("search").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) texts = cards.map((card) => card.textContent.toLowerCase());
    found = cards.filter(
      (card, at) =>
        wanted.every(([name, value]) => card.dataset[name].split("\n").includes(value)) &&
        words.every((word) => texts[at].includes(word)),
    );
    list.replaceChildren();
    shown = 0;
    showMore();
  }

  form.hidden = false;
  document.getElementById("unscripted")?.remove();
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply)); // after the fields are empty
  more.addEventListener("click", showMore);
  for (const link of document.querySelectorAll("a[data-facet]"))
    link.addEventListener("click", () => {
      form.reset();
      const field = form.elements[link.dataset.facet]; // there is none where all are alike
      if (field) field.value = link.dataset.value;
      form.elements.search.value = link.dataset.search ?? "";
      setTimeout(apply);
    });
  showMore();
})();
