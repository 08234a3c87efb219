"use strict";
// Every piece of data goes into the page as text, never as markup.

const at = (id) => document.getElementById(id);

function make(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  if (options.class) node.className = options.class;
  if (options.title) node.title = options.title;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const percent = (p) => (p === null ? "–" : (100 * p).toFixed(1) + " %");

const DECIDED = {
  "bert": "BERT alone was asked.",
  "llm": "The LLM alone was asked.",
  "bert:confident": "BERT is sure enough that the LLM’s word is not needed.",
  "bert:certain": "BERT is so sure that the LLM’s word could not change it.",
  "agreement": "Both backends state this label.",
  "combined": "The backends differ; their scores were combined.",
  "bert:trusted": "The backends differ, the LLM gave no scores, and BERT is sure enough.",
  "llm:trusted": "The backends differ, the LLM gave no scores, and BERT is not sure enough.",
  "tie": "The LLM states no label and BERT is not sure: the contract’s tie label.",
};

function meaning(decidedBy) {
  if (Object.hasOwn(DECIDED, decidedBy)) return DECIDED[decidedBy];
  const [name, reason] = decidedBy.split(":");
  const other = name === "bert" ? "the LLM" : "BERT";
  return (name === "bert" ? "BERT" : "The LLM") + " decides, because " + other + " gave no verdict (" + reason + ").";
}

function bars(scores, chosen, caption) {
  if (!scores) return null;
  const table = make("table", { class: "bars" });
  table.setAttribute("aria-label", caption);
  for (const [label, p] of Object.entries(scores)) {
    const fill = make("div", { class: "fill" });
    fill.style.width = 100 * Math.min(1, Math.max(0, p || 0)) + "%";
    const track = make("div", { class: "track" }, fill);
    track.setAttribute("aria-hidden", "true");
    const head = make("th", {}, label);
    head.scope = "row";
    const cells = [head, make("td", {}, track), make("td", { class: "num" }, percent(p))];
    table.append(make("tr", { class: label === chosen ? "chosen" : "" }, ...cells));
  }
  return table;
}

function facts(pairs) {
  const list = make("dl");
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(make("dt", {}, name), make("dd", {}, value));
  }
  return list;
}

function headline(outcome) {
  switch (outcome.kind) {
    case "verdict": return "Verdict: " + outcome.label;
    case "abstention": return "Abstention: the model declined to choose";
    case "unmapped": return "Unmapped: " + outcome.reason;
    default: return "Failure: " + outcome.reason;
  }
}

function spanOf(span) {
  if (!span) return null;
  const place = " characters " + span.start + "–" + span.end;
  return make("span", {}, make("mark", {}, span.text), make("span", { class: "soft" }, place));
}

function said(raw) {
  if (raw.kind === "completion") return make("pre", {}, raw.text === "" ? "(nothing)" : raw.text);
  if (raw.kind === "failure") return null;
  const top = Object.entries(raw.probabilities).sort((a, b) => b[1] - a[1]).slice(0, 5);
  return top.map(([name, p]) => JSON.stringify(name) + " " + percent(p)).join(", ");
}

function known(share) {
  if (share.language) return "the text is in another language";
  const least = Math.min(share.tokens, share.characters === null ? 1 : share.characters);
  return least < 1 ? percent(least) + " of the text" : null;
}

function backendCard(name, answer, model) {
  const { raw, outcome } = answer;
  const head = make("div", { class: "head" }, make("h3", {}, name), make("span", { class: "soft mono" }, model || ""));
  return make("section", { class: "card" }, head,
    make("p", { class: "outcome" }, headline(outcome)),
    bars(outcome.scores, outcome.label, "Scores of " + name),
    facts([
      ["said", said(raw)],
      ["refusal", raw.refusal],
      ["rule", outcome.rule ? make("code", {}, outcome.rule) : null],
      ["span", spanOf(outcome.span)],
      ["coverage", typeof outcome.coverage === "number" ? percent(outcome.coverage) : null],
      ["finish", raw.finish_reason],
      ["tokens", raw.tokens ? String(raw.tokens) : null],
      ["read", raw.truncated ? "not the whole text" : null],
      ["known", raw.known ? known(raw.known) : null],
      ["detail", raw.kind === "failure" ? "in the service’s log" : null],
    ]));
}

function backendCards(answers, models) {
  const cards = Object.entries(answers || {}).map(([name, one]) => backendCard(name, one, models[name]));
  return make("div", { class: "backends" }, ...cards);
}

function showDecision(answer, milliseconds) {
  const result = answer.results[0];
  const left = make("div", {},
    make("p", { class: "soft" }, "Decision"),
    make("p", { class: "label" }, result.label),
    make("p", {}, make("code", {}, result.decided_by)),
    make("p", {}, meaning(result.decided_by)),
    make("p", { class: "soft" }, "Confidence " + (result.confidence === null ? "not measured" : percent(result.confidence))
      + " · " + milliseconds + " ms" + (result.truncated ? " · the text was truncated" : "")));
  const right = make("div", {}, bars(result.scores, result.label, "Scores of the decision") || make("p", { class: "soft" }, "No scores: the answer is text alone."));
  at("out").replaceChildren(make("section", { class: "card decision" }, left, right), backendCards(result.answers, answer.model));
  const { id, version, sha256 } = answer.contract;
  at("contract").replaceChildren("Contract ", make("code", {}, id + " " + version), " ", make("code", { title: "sha256 " + sha256 }, sha256.slice(0, 12)));
}

function showProblem(title, detail, code, errors) {
  // The page asks about one text: where that one got no label, its own detail says why.
  const item = (errors || []).find((one) => one.answers);
  const card = make("section", { class: "card problem" }, make("h2", {}, title),
    make("p", {}, item ? item.detail : detail),
    code ? make("p", { class: "soft" }, make("code", {}, code)) : null);
  at("out").replaceChildren(card, ...(item ? [backendCards(item.answers, {})] : []));
}

async function ask(event) {
  event.preventDefault();
  const go = at("go");
  if (go.getAttribute("aria-disabled") === "true") return;
  go.setAttribute("aria-disabled", "true");
  const headers = { "Content-Type": "application/json" };
  if (at("key") && at("key").value) headers.Authorization = "Bearer " + at("key").value;
  const start = performance.now();
  try {
    const response = await fetch("polarity", {
      method: "POST", headers, body: JSON.stringify({ input: at("text").value, explain: true }),
    });
    const answer = await response.json();
    if (response.ok) showDecision(answer, Math.round(performance.now() - start));
    else showProblem(answer.title, answer.detail, response.status + " " + answer.code, answer.errors);
  } catch (error) {
    showProblem("The service cannot be reached", String(error.message || error));
  } finally {
    go.removeAttribute("aria-disabled");
  }
}

async function showState() {
  // Asked only until it is ready: each question is one to the LLM too.
  const pill = at("state");
  let again = 10000;
  try {
    const response = await fetch("readyz");
    const answer = await response.json();
    const loading = answer.code === "loading";
    pill.dataset.state = response.ok ? answer.status : loading ? "loading" : "failed";
    const named = Object.entries(answer.backends || {}).map(([name, state]) => name + " " + state).join(", ");
    pill.textContent = response.ok ? answer.status + " (" + named + ")" : answer.detail;
    if (loading) { again = 2000; pill.textContent = "loading"; }
    if (response.ok) return;
  } catch {
    pill.dataset.state = "failed";
    pill.textContent = "not reachable";
  }
  setTimeout(showState, again);
}

at("ask").addEventListener("submit", ask);
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("ask").requestSubmit();
});
for (const button of document.querySelectorAll(".try")) {
  button.addEventListener("click", () => {
    at("text").value = button.textContent;
    at("ask").requestSubmit();
  });
}
showState();
