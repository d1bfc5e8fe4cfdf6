// Hearts of a guest: one press marks a picture or takes the mark off, where one is, and
// the bar counts along. What was pressed is remembered, for tiles that are filled again
// and for pages that were fetched before.
import { toast } from "./toast.js";

const bar = document.querySelector("[data-picks]");
const known = new Map();

const formsIn = (part) => [...part.querySelectorAll("form[data-pick]")];

function paint(form) {
  const picked = known.get(form.getAttribute("action"));
  if (picked === undefined) return;
  const button = form.querySelector("button");
  button.setAttribute("aria-pressed", picked);
  button.value = picked ? "no" : "yes";
}

function show(address, picked) {
  known.set(address, picked);
  for (const form of formsIn(document)) {
    if (form.getAttribute("action") === address) paint(form);
  }
}

function tell({ count }) {
  if (!bar) return;
  bar.querySelector("[data-count]").textContent = count.toLocaleString();
  bar.querySelector("[data-sent]")?.remove();
  bar.hidden = !count && !("known" in bar.dataset);
}

async function send(form, wanted) {
  const body = new URLSearchParams(new FormData(form));
  body.set("picked", wanted ? "yes" : "no");
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", body, headers });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.message ?? "");
  return said;
}

// The heart changes at once, and back when the server did not take it.
async function press(form) {
  const address = form.getAttribute("action");
  const wanted = form.querySelector("button").value === "yes";
  show(address, wanted);
  try {
    tell(await send(form, wanted));
  } catch (problem) {
    show(address, !wanted);
    toast(problem.message || form.dataset.failed);
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-pick]")) return;
  event.preventDefault();
  press(event.target);
});
for (const type of ["filled", "turned"]) {
  document.addEventListener(type, ({ target }) => formsIn(target).forEach(paint));
}
