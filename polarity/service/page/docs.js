"use strict";
// Every answer goes into the page as text, never as markup.

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const body = form.querySelector("textarea");
  const headers = body ? { "content-type": "application/json" } : {};
  const key = document.getElementById("key");
  if (body && key && key.value) headers.authorization = "Bearer " + key.value;
  const asked = { method: form.dataset.method, headers, body: body ? body.value : undefined };
  const answer = await fetch(form.dataset.path, asked);
  return answer.status + " " + answer.statusText + "\n" + pretty(await answer.text());
}

for (const form of document.querySelectorAll("form[data-path]")) {
  const answer = form.querySelector("pre");
  form.hidden = false;
  for (const button of form.querySelectorAll("[data-example]"))
    button.addEventListener("click", () => { form.querySelector("textarea").value = button.dataset.example; });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "…";
    answer.textContent = await send(form).catch((error) => "No answer: " + error.message);
  });
}
