// The upload panel: files become rows, and rows are sent three at a time.
import { filesOf } from "./drop.js";
import { fill, Row, StoredRow, tokenOf } from "./row.js";

const AT_ONCE = 3;
const SAY_EVERY = 10_000;

const form = document.querySelector("form[data-upload]");
const rows = [];
let said = 0;

const among = (...states) => rows.filter((row) => states.includes(row.state)).length;

function count() {
  const numbers = {
    stored: among("stored"),
    refused: among("refused"),
    failed: among("failed"),
    left: among("waiting", "uploading"),
    chosen: rows.length,
  };
  for (const [name, number] of Object.entries(numbers)) {
    const place = form.querySelector(`[data-count=${name}]`);
    place.textContent = number;
    const bad = ["refused", "failed"].includes(name) && number > 0;
    place.parentElement.classList.toggle("is-bad", bad);
  }
  form.querySelector("[data-retry-all]").hidden = numbers.failed < 2;
  form.querySelector("[data-rows]").hidden = rows.length === 0;
  form.querySelector("[data-drop]").classList.toggle("drop-small", rows.length > 0);
  const unready = rows.length > 0 && (numbers.left > 0 || !numbers.stored);
  form.querySelector("[data-begin]").disabled = unready;
  form.querySelector("[data-summary]").textContent = summary(numbers);
  say(numbers);
}

function summary(numbers) {
  const { none, offline, sending, ready, again, unusable } = form.dataset;
  if (!numbers.chosen) return none;
  if (numbers.left) return fill(navigator.onLine ? sending : offline, numbers);
  if (numbers.stored) return fill(ready, numbers);
  return numbers.failed ? again : unusable;
}

// The numbers change with each file; they are read out now and then, and at the end.
function say(numbers) {
  if (numbers.left && Date.now() - said < SAY_EVERY) return;
  said = Date.now();
  const tally = form.querySelector(".tally").textContent.replace(/\s+/g, " ").trim();
  form.querySelector("[data-said]").textContent = numbers.chosen ? tally : "";
}

function next() {
  count();
  if (!navigator.onLine) return;
  const waiting = rows.filter((row) => row.state === "waiting");
  for (const row of waiting.slice(0, Math.max(0, AT_ONCE - among("uploading")))) {
    row.send();
  }
}

function list(row) {
  rows.push(row);
  row.find("[data-remove]").addEventListener("click", () => remove(row));
  return row.element;
}

function add(files) {
  const elements = files.map((file) => list(new Row(file, form, next)));
  form.querySelector(".work-list").append(...elements);
  next();
}

function remove(row) {
  const at = rows.indexOf(row);
  row.stop();
  rows.splice(at, 1);
  row.element.remove();
  next();
  const neighbour = rows[at] ?? rows.at(-1);
  (neighbour?.find("[data-remove]") ?? form.elements.files).focus();
}

function takeDrops() {
  const veil = document.querySelector(".drop-veil");
  const brings = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", async (event) => {
    veil.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    add(await filesOf(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) add([...event.clipboardData.files]);
  });
}

function takeChoices() {
  for (const input of form.querySelectorAll("input.pick")) {
    input.disabled = false;
    input.addEventListener("change", () => {
      add([...input.files].filter((file) => !file.name.startsWith(".")));
      input.value = "";
    });
  }
}

function start() {
  for (const element of form.querySelectorAll("[data-stored]")) {
    list(new StoredRow(element));
  }
  takeChoices();
  takeDrops();
  form.querySelector("[data-retry-all]").addEventListener("click", () => {
    for (const row of rows.filter((each) => each.state === "failed")) row.again();
  });
  addEventListener("online", next);
  addEventListener("offline", count);
  addEventListener("beforeunload", (event) => {
    if (among("waiting", "uploading")) event.preventDefault();
  });
  form.addEventListener("submit", () => {
    form.elements.csrfmiddlewaretoken.value = tokenOf(form);
  });
  count();
}

if (form) start();
