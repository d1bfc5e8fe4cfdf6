// The upload panel: files become rows, rows are sent three at a time, each by itself.
import { filesOf } from "./drop.js";

const AT_ONCE = 3;
const AGAIN_AFTER = [100, 1000, 3000, 5000];

const form = document.querySelector("form[data-upload]");
const words = form?.dataset;
const rows = [];

class Row {
  constructor(file) {
    this.file = file;
    this.tries = 0;
    this.element = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    this.find(".work-name").textContent = file.name;
    this.find(".work-facts").textContent = size(file.size);
    this.find("[data-retry]").addEventListener("click", () => this.again());
    this.become("waiting");
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  become(state, reason = "") {
    this.state = state;
    this.find("[data-word]").textContent = words[state];
    this.find("progress").hidden = ["stored", "refused", "failed"].includes(state);
    this.find("[data-retry]").hidden = state !== "failed";
    this.find(".work-reason").textContent = reason;
    this.find(".work-reason").hidden = !reason;
  }

  again() {
    this.tries = 0;
    this.become("waiting");
    count();
    next();
  }

  send() {
    this.become("uploading");
    const request = new XMLHttpRequest();
    request.open("POST", words.file);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.upload.addEventListener("progress", (event) => this.show(event.loaded / event.total));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.lost());
    const body = new FormData();
    body.append("file", this.file, this.file.name);
    request.send(body);
  }

  show(share) {
    this.find("progress").value = share;
    if (share === 1) this.find("[data-word]").textContent = words.checking;
  }

  answered(request) {
    const answer = read(request.responseText);
    if (request.status === 201) this.stored(answer);
    else if (request.status >= 500 || request.status === 429) return this.lost();
    else this.become("refused", answer.message ?? `${request.status} ${request.statusText}`);
    count();
    next();
  }

  stored(image) {
    const thumbnail = new Image();
    thumbnail.src = image.thumbnail;
    thumbnail.alt = "";
    this.find(".work-thumb").replaceChildren(thumbnail);
    this.find(".work-facts").textContent = `${size(image.size)} · ${image.width} × ${image.height}`;
    const link = Object.assign(document.createElement("a"), { href: image.url, textContent: image.name });
    link.className = "work-name";
    this.find(".work-name").replaceWith(link);
    this.element.append(hidden("image", image.id));
    this.become("stored");
  }

  lost() {
    const wait = AGAIN_AFTER[this.tries++];
    if (wait === undefined) {
      this.become("failed", words.lost);
      count();
      next();
    } else {
      setTimeout(() => this.send(), wait);
    }
  }
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function size(bytes) {
  const units = ["B", "kB", "MB"];
  const power = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  return `${(bytes / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`;
}

function hidden(name, value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name, value });
}

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
    form.querySelector(`[data-count=${name}]`).textContent = number;
  }
  form.querySelector("[data-retry-all]").hidden = numbers.failed < 2;
  form.querySelector("button.btn-primary").disabled = rows.length > 0 && (numbers.left > 0 || !numbers.stored);
}

function next() {
  const waiting = rows.filter((row) => row.state === "waiting");
  for (const row of waiting.slice(0, Math.max(0, AT_ONCE - among("uploading")))) row.send();
}

function add(files) {
  const added = files.map((file) => new Row(file));
  rows.push(...added);
  const section = form.querySelector("[data-rows]");
  section.hidden = rows.length === 0;
  section.querySelector("ul").append(...added.map((row) => row.element));
  form.querySelector("[data-drop]").classList.toggle("drop-small", rows.length > 0);
  count();
  next();
}

function start() {
  const veil = document.querySelector(".drop-veil");
  for (const input of form.querySelectorAll("input.pick")) {
    input.disabled = false;
    input.addEventListener("change", () => {
      add([...input.files]);
      input.value = "";
    });
  }
  form.querySelector("[data-retry-all]").addEventListener("click", () => {
    for (const row of rows.filter((each) => each.state === "failed")) row.again();
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    veil.hidden = true;
    add(await filesOf(event.dataTransfer));
  });
  addEventListener("paste", (event) => add([...event.clipboardData.files]));
  addEventListener("beforeunload", (event) => {
    if (among("waiting", "uploading")) event.preventDefault();
  });
  form.addEventListener("submit", () => {
    // What is stored already is only named; a plain form sends the files themselves.
    if (rows.length) form.action = words.process;
  });
}

if (form) start();
