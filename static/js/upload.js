// The upload panel: files become rows, and rows find their way to the server.
import { filesOf } from "./drop.js";
import { Gate } from "./gate.js";
import { Panel } from "./panel.js";
import { Queue } from "./queue.js";
import { tokenOf } from "./request.js";
import { Row } from "./row.js";
import { StoredRow } from "./stored-row.js";
import { Tally } from "./tally.js";

const SETTLE = 200;
const form = document.querySelector("form[data-upload]");

function start() {
  const rows = new Map();
  const tally = new Tally();
  const gate = new Gate();
  const panel = new Panel(form, rows, tally, gate);
  const queue = new Queue(form, gate, (...news) => panel.change(...news));
  const listener = {
    moved(row, from) {
      tally.move(row, from, row.state);
      panel.change();
    },
    sent(bytes) {
      tally.sent += bytes;
      panel.change();
    },
  };

  function list(row) {
    rows.set(row.element, row);
    tally.move(row, null, row.state);
    return row.element;
  }

  function add(files) {
    const made = files.map((file) => new Row(file, form.dataset, listener));
    form.querySelector(".work-list").append(...made.map(list));
    panel.change();
    queue.take(made);
  }

  function remove(row) {
    const next = row.element.nextElementSibling ?? row.element.previousElementSibling;
    queue.drop(row);
    row.release();
    row.advance(0);
    tally.move(row, row.state, null);
    row.state = "gone";
    rows.delete(row.element);
    row.element.remove();
    panel.change();
    (next?.querySelector("[data-remove]") ?? form.elements.files).focus();
  }

  const among = (state) => [...rows.values()].filter((row) => row.state === state);
  function insist(some) {
    for (const row of some) {
      row.insist();
      queue.wait(row);
    }
    queue.next();
  }
  const acts = {
    remove,
    retry: (row) => {
      queue.again(row);
      row.find("[data-remove]").focus();
    },
    anyway: (row) => {
      insist([row]);
      row.find("[data-remove]").focus();
    },
    pause: () => gate.pause(!gate.paused),
    cancelAll: () => {
      for (const row of rows.values()) if (row.isLeft) queue.cancel(row);
    },
    retryAll: () => among("failed").forEach((row) => queue.again(row)),
    anywayAll: () => insist(among("duplicate")),
    copy: () => panel.copy([...among("refused"), ...among("failed")]),
  };

  for (const element of form.querySelectorAll("[data-stored]")) {
    list(new StoredRow(element, form.dataset, listener));
  }
  form.querySelector("[data-rows]").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const name = Object.keys(acts).find((act) => button && act in button.dataset);
    if (name) acts[name](rows.get(button.closest(".work-row")));
  });
  form.querySelector("[data-at-once]").addEventListener("change", ({ target }) => {
    queue.atOnce = Number(target.value);
    queue.next();
  });
  watchOrder(() => queue.rejudge([...rows.values()]));
  takeDrops(add);
  takeChoices(add);
  gate.addEventListener("open", () => panel.change());
  gate.addEventListener("close", () => panel.change());
  addEventListener("beforeunload", (event) => {
    if (tally.left) event.preventDefault();
  });
  form.addEventListener("submit", () => {
    form.elements.csrfmiddlewaretoken.value = tokenOf(form);
  });
  queue.rejudge([...rows.values()]);
  panel.change();
}

function watchOrder(changed) {
  const order = form.querySelector("[data-order]");
  let timer;
  order.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE);
  });
}

function takeDrops(add) {
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

function takeChoices(add) {
  for (const input of form.querySelectorAll("input.pick")) {
    input.disabled = false;
    input.addEventListener("change", () => {
      add([...input.files].filter((file) => !file.name.startsWith(".")));
      input.value = "";
    });
  }
}

if (form) start();
