"use strict";
// Every piece of data goes into the page as text, never as markup.

const at = (id) => document.getElementById(id);
const CANNOT_TELL = "cannot_tell";
const REASONS = {
  flip: "the candidate decides otherwise",
  disagreement: "the backends disagree",
  unreadable: "the classifier cannot read it",
  unmapped: "an answer states no label",
  low_confidence: "unsure",
  audit: "drawn at random",
};

// What is shown, and to whom. `busy` while something is being written: a second click says nothing.
const now = { name: "", key: "", view: "read", labels: [], rows: [], said: [], busy: false, wrong: false };

function make(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  if (options.class) node.className = options.class;
  if (options.title) node.title = options.title;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const percent = (p) => (p === null || p === undefined ? "–" : (100 * p).toFixed(1) + " %");
const spoken = (verdict) => (verdict === CANNOT_TELL ? "cannot tell" : verdict);
const counted = (n, word) => n.toLocaleString("en") + " " + word;

async function ask(path, body) {
  const headers = { Authorization: "Bearer " + now.key };
  const asked = body === undefined ? { headers } : {
    headers: { ...headers, "Content-Type": "application/json" }, method: "POST", body: JSON.stringify(body),
  };
  const response = await fetch(path, asked);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.title + ": " + answer.detail);
  return answer;
}

const mine = () => "?reviewer=" + encodeURIComponent(now.name);

function complain(error) {
  at("problem").replaceChildren(make("p", { class: "card problem" }, String(error.message || error)));
}

// Do one thing at a time: what is clicked meanwhile is not heard, or a double click would label the next row.
async function alone(what) {
  if (now.busy) return;
  now.busy = true;
  at("problem").replaceChildren();
  try {
    await what();
  } catch (error) {
    complain(error);
  } finally {
    now.busy = false;
  }
}

function showCounts(counts) {
  const wait = now.view === "settle" ? counted(counts.contested, "to settle") : counted(counts.waiting, "to read");
  at("progress").textContent = wait + " · " + counted(counts.read, "read") + " of " + counted(counts.drawn, "drawn");
  at("contested").textContent = counts.contested ? "(" + counts.contested + ")" : "";
}

function sideItem(side) {
  const label = side.kind === "verdict" || side.kind === "candidate" ? side.label || "no label" : side.kind;
  const score = side.score === null || side.score === undefined ? "" : " " + percent(side.score);
  const why = side.kind === "unmapped" || side.kind === "failure" ? " (" + side.why + ")" : "";
  const said = side.said === null || side.said === undefined ? null : make("q", {}, side.said);
  return make("li", {}, make("span", { class: "name" }, side.name), make("span", { class: "said" }, label + score + why, said));
}

function reviewItem(review) {
  const said = [spoken(review.verdict), review.mapping_wrong ? " · the mapping is wrong" : ""].join("");
  const note = review.note ? make("q", {}, review.note) : null;
  return make("li", {}, make("span", { class: "name" }, review.reviewer), make("span", { class: "said" }, said, note));
}

function rowParts(row) {
  const why = make("p", { class: "why" });
  if (row.reason) why.append(make("span", { class: "tag" }, REASONS[row.reason] || row.reason));
  if (row.label !== undefined) why.append(make("span", { class: "soft" }, (row.label || "no label") + " by " + row.decided_by + (row.confidence === null ? "" : ", " + percent(row.confidence))));
  const text = make("p", { class: "text" }, row.text);
  text.dir = "auto";
  if (row.language) text.lang = row.language;
  const sides = row.sides ? make("ul", { class: "sides" }, ...row.sides.map(sideItem)) : null;
  const reviews = row.reviews ? make("ul", { class: "sides" }, ...row.reviews.map(reviewItem)) : null;
  return [why.childNodes.length ? why : null, text, reviews, sides].filter(Boolean);
}

function setWrong(wrong) {
  now.wrong = wrong;
  at("wrong").setAttribute("aria-pressed", String(wrong));
}

function showRow() {
  const row = now.rows[0];
  at("desk").hidden = !row;
  at("nothing").hidden = Boolean(row);
  setWrong(false);
  at("note").value = "";
  at("noting").open = false;
  at("undo").disabled = !now.said.length;
  if (row) at("row").replaceChildren(...rowParts(row));
}

function showLabels() {
  const buttons = now.labels.map((label, place) => {
    const key = place < 9 ? make("kbd", {}, String(place + 1)) : null;
    const button = make("button", {}, key, label);
    button.addEventListener("click", (event) => { if (event.detail < 2) say(label); });
    return button;
  });
  const none = make("button", { class: "none" }, make("kbd", {}, "0"), "cannot tell");
  none.addEventListener("click", (event) => { if (event.detail < 2) say(CANNOT_TELL); });
  at("labels").replaceChildren(...buttons, none);
  for (const button of at("labels").children) button.type = "button";
}

function nothingToRead() {
  const draw = make("button", { class: "primary" }, "Draw what has come since");
  draw.type = "button";
  draw.addEventListener("click", () => alone(drawn));
  const undo = make("button", { class: "try" }, "Undo");
  undo.type = "button";
  undo.addEventListener("click", () => alone(undone));
  const row = make("div", { class: "row" }, draw, now.said.length ? undo : null);
  at("nothing").replaceChildren(make("p", {}, "Nothing waits for you: all that was drawn is read, or others are reading it."), row);
}

async function load() {
  if (now.view === "settle") {
    const found = await ask("review/contested" + mine());
    now.rows = found.rows;
    showCounts(found.counts);
    at("nothing").replaceChildren(make("p", {}, "There is nothing to settle: nobody differs."));
  } else {
    const found = await ask("review/queue" + mine());
    now.rows = found.rows;
    if (JSON.stringify(found.labels) !== JSON.stringify(now.labels)) { now.labels = found.labels; showLabels(); }
    showCounts(found.counts);
    nothingToRead();
  }
  showRow();
}

async function drawn() {
  const made = await ask("review/draw", {});
  await load();
  if (!made.is_drawn) complain("Nothing has come since that people should read.");
}

function say(verdict) {
  return alone(async () => {
    const row = now.rows[0];
    if (!row) return;
    const kind = row.reviews ? "adjudication" : "review";
    const body = { decision: row.decision, reviewer: now.name, verdict, mapping_wrong: now.wrong, note: at("note").value, kind };
    const { review, counts } = await ask("review/say", body);
    now.said.push(review);
    now.rows.shift();
    // Once the next text stands there, the next key stroke is heard: nothing else is waited for.
    if (!now.rows.length) { await load(); return; }
    showCounts(counts);
    showRow();
  });
}

async function undone() {
  const review = now.said.pop();
  if (review === undefined) return;
  await ask("review/undo", { review, reviewer: now.name });
  await load();
}

function interval(found, low, high) {
  const place = (value) => 100 * (value - low) / (high - low) + "%";
  const range = make("i"), point = make("b");
  range.style.left = place(found.low);
  range.style.right = 100 - 100 * (found.high - low) / (high - low) + "%";
  point.style.left = place(found.value);
  const bar = make("div", { class: "interval" }, range, point);
  bar.setAttribute("aria-hidden", "true");
  return bar;
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((name) => make("th", {}, name)));
  for (const cell of head.children) cell.scope = "col";
  const body = make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells.map((cell) => make("td", {}, cell)))));
  return make("table", { class: "wide" }, make("thead", {}, head), body);
}

const spanned = (found) => percent(found.value) + " (" + percent(found.low) + " to " + percent(found.high) + ")";
const points = (value) => (value > 0 ? "+" : "") + (100 * value).toFixed(1);

function card(title, ...parts) {
  return make("div", { class: "card" }, make("h2", {}, title), ...parts);
}

function accuracyCard(found) {
  const rows = found.sides.map((side) => [side.name, interval(side.accuracy, 0, 1), spanned(side.accuracy), counted(side.n, "read")]);
  const widest = Math.max(0.1, ...found.gaps.flatMap((gap) => [-gap.accuracy.low, gap.accuracy.high]));
  const gaps = found.gaps.map((gap) => [
    gap.first + " less " + gap.second, interval(gap.accuracy, -widest, widest),
    points(gap.accuracy.value) + " points (" + points(gap.accuracy.low) + " to " + points(gap.accuracy.high) + ")", counted(gap.n, "read"),
  ]);
  const open = found.contested ? counted(found.contested, "wait to be settled: there, each reader's word counts alike. ") : "";
  const unused = found.read - found.used;
  const left = unused ? counted(unused, "read behind the first that nobody has read yet: not used. ") : "";
  return card("How often each side is right",
    rows.length ? table(["Side", "", "Accuracy, 95 %", "Rows"], rows) : make("p", {}, "Nobody has read enough yet."),
    gaps.length ? table(["Difference", "", "95 %", "Rows"], gaps) : null,
    make("p", { class: "soft" }, open + left + "Of all the decisions that were drawn from, not only of those read: " + found.method + "."));
}

function agreementCard(found) {
  const of = (one, word) => (one.value === null ? word + ": " + one.undefined : word + " " + one.value.toFixed(2) + " (" + one.low.toFixed(2) + " to " + one.high.toFixed(2) + ")");
  const two = found.agreement.map((one) => make("li", {}, one.names.join(" and ") + ": the same for " + percent(one.raw.value) + " of " + one.raw.n + ", " + of(one.kappa, "kappa")));
  return card("How well people agree", two.length ? make("ul", {}, ...two) : make("p", {}, "No two people have read the same yet."),
    two.length ? make("p", { class: "soft" }, of(found.alpha, "Krippendorff’s alpha") + ", over " + counted(found.alpha.n, "rows that several read.")) : null);
}

function suggestionsCard(found) {
  const items = found.suggestions.map((one) => {
    const lines = one.lines.map((line) => make("div", {}, make("code", {}, line.key + ": " + JSON.stringify(line.text))));
    const told = one.refused ? "refused, for it would break another: " : one.lines.length ? "would be read by" : "nothing found that reads it";
    return make("li", {}, counted(one.answers, "× "), make("code", {}, one.form), " " + told, ...lines);
  });
  return card("Where the mapping is wrong", make("p", {}, "Decisions whose answer is said to be read wrongly: " + found.mapping_wrong + "."),
    items.length ? make("ul", {}, ...items) : null);
}

function doubtsCard(found) {
  const items = found.doubts.map((one) => {
    const again = make("button", { class: "try" }, "look again");
    again.type = "button";
    again.addEventListener("click", () => alone(() => lookAgain(one.decision_id)));
    return make("li", {}, make("b", {}, one.label), ", likely " + one.likely + ": ", one.text, " ", again);
  });
  return card("Labels that are likely wrong", items.length ? make("ul", {}, ...items) : make("p", {}, "None is suspected."),
    make("p", { class: "soft" }, "People’s labels against the classifier’s probabilities, by confident learning (Northcutt, Jiang and Chuang 2021)."));
}

async function showResults() {
  at("results").replaceChildren(make("p", { class: "soft" }, "counting…"));
  const found = await ask("review/results");
  at("results").replaceChildren(accuracyCard(found), agreementCard(found), suggestionsCard(found), ...(found.blind ? [] : [doubtsCard(found)]));
}

async function lookAgain(decision) {
  const row = await ask("review/row?decision=" + decision);
  await show("settle");
  now.rows = [row, ...now.rows.filter((other) => other.decision !== decision)];
  showRow();
}

async function show(view) {
  now.view = view;
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  at("results").hidden = view !== "results";
  at("desk").hidden = at("nothing").hidden = true;
  if (view === "results") await showResults();
  else await load();
}

function pressed(event) {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (typing && event.key === "Escape") event.target.blur();
  if (typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || at("desk").hidden) return;
  const key = event.key.toLowerCase();
  if (key === "0") say(CANNOT_TELL);
  else if (now.labels[Number(key) - 1] !== undefined) say(now.labels[Number(key) - 1]);
  else if (key === "m") setWrong(!now.wrong);
  else if (key === "u") alone(undone);
  else if (key === "n") { event.preventDefault(); at("noting").open = true; at("note").focus(); }
}

at("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  alone(async () => {
    now.name = at("name").value;
    now.key = at("key").value;
    const found = await ask("review/queue" + mine());
    now.said = found.last === null ? [] : [found.last];
    at("enter").hidden = true;
    at("views").hidden = false;
    const keys = make("span", { class: "keys" }, " Keys: 1, 2, 3 … for the labels, 0 cannot tell, M the mapping is wrong, N a note, U undo.");
    at("who").replaceChildren("You read as " + now.name + ".", keys);
    if (!found.counts.drawn) await ask("review/draw", {});
    await load();
  });
});
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => alone(() => show(button.dataset.view)));
at("wrong").addEventListener("click", () => setWrong(!now.wrong));
at("undo").addEventListener("click", (event) => { if (event.detail < 2) alone(undone); });
document.addEventListener("keydown", pressed);
