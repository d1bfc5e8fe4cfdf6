// What stands around the rows: sums, progress, buttons for all, and what will happen.
import { fill } from "./row.js";
import { format } from "./local-time.js";
import { estimateOf, moneyOf, timeOf } from "./tally.js";

const SAY_EVERY = 10_000;
const USABLE = ["stored", "duplicate"];

export class Panel {
  constructor(form, rows, tally, gate) {
    this.form = form;
    this.words = form.dataset;
    this.rows = rows;
    this.tally = tally;
    this.gate = gate;
    this.problem = "";
    this.purse = null;
    this.said = 0;
  }

  find(selector) {
    return this.form.querySelector(selector);
  }

  // Painted once for all that changes before the next frame.
  change(problem = this.problem, purse = this.purse) {
    this.problem = problem;
    this.purse = purse;
    if (this.waiting) return;
    this.waiting = true;
    const paint = () => {
      if (!this.waiting) return;
      this.waiting = false;
      this.paint();
    };
    requestAnimationFrame(paint);
    // A page in the background gets no frames.
    setTimeout(paint, 250);
  }

  paint() {
    const numbers = this.tally.all;
    this.count(numbers);
    this.offer(numbers);
    this.hold();
    this.find("[data-rows]").hidden = !numbers.chosen;
    this.find("[data-drop]").classList.toggle("drop-small", numbers.chosen > 0);
    this.find("[data-progress]").textContent = this.tally.progress(this.words, Date.now());
    const usable = numbers.stored + numbers.duplicate;
    const many = usable > Number(this.words.most);
    this.find("[data-begin]").disabled = numbers.chosen > 0 && (numbers.left > 0 || !usable || many);
    this.find("[data-summary]").textContent = many
      ? fill(this.words.tooMany, { usable, most: this.words.most })
      : this.summary(numbers, usable);
    this.say(numbers);
  }

  count(numbers) {
    for (const [name, number] of Object.entries(numbers)) {
      const place = this.find(`[data-count=${name}]`);
      place.textContent = number;
      const bad = ["refused", "failed"].includes(name) && number > 0;
      place.parentElement.classList.toggle("is-bad", bad);
      place.parentElement.classList.toggle("is-warn", name === "duplicate" && number > 0);
    }
  }

  // Buttons that have something to do, with the number they do it to.
  offer({ failed, refused, duplicate, left }) {
    this.show("retry-all", failed > 0, failed);
    this.show("anyway-all", duplicate > 0, duplicate);
    this.show("copy", failed + refused > 0);
    this.show("cancel-all", left > 0);
    this.show("pause", left > 0);
    const button = this.find("[data-pause]");
    button.querySelector("[data-pausing]").hidden = this.gate.paused;
    button.querySelector("[data-paused]").hidden = !this.gate.paused;
  }

  show(name, shown, number) {
    const button = this.find(`[data-${name}]`);
    // A button that goes away must not take the focus with it.
    if (!shown && button === document.activeElement) this.form.elements.files.focus();
    button.hidden = !shown;
    if (number !== undefined) button.querySelector("[data-n]").textContent = number;
  }

  hold() {
    const held = this.gate.paused ? "paused" : navigator.onLine ? "" : "offline";
    this.find("[data-offline-note]").hidden = held !== "offline" || !this.tally.left;
    if (held === this.held) return;
    this.held = held;
    for (const row of this.rows.values()) if (row.state === "sending") row.paint(held);
  }

  summary(numbers, usable) {
    const { none, sendingLeft, ready, again, unusable, stopped } = this.words;
    if (!numbers.chosen) return none;
    if (this.problem) return this.problem;
    const meant = [...this.rows.values()].filter((row) => row.isLeft || USABLE.includes(row.state));
    const sums = estimateOf(meant);
    const parts = [];
    if (numbers.left) parts.push(fill(this.held ? stopped : sendingLeft, numbers));
    else if (usable) {
      parts.push(fill(ready, { ...numbers, usable: Math.max(0, usable - sums.blocked) }));
    } else return numbers.failed ? again : unusable;
    return [...parts, ...this.estimate(sums)].join(" · ");
  }

  estimate({ seconds, costs, free, blocked }) {
    const parts = [];
    if (seconds) parts.push(fill(this.words.takes, { time: timeOf(seconds, this.words) }));
    for (const [unit, cost] of costs) {
      parts.push(fill(this.words.costs, { cost: moneyOf(cost, unit) }));
    }
    parts.push(...this.means(costs));
    if (seconds && free) parts.push(this.words.free);
    if (blocked) parts.push(fill(this.words.blocked, { n: blocked }));
    return parts;
  }

  // What may be spent, and whether this is more.
  means(costs) {
    if (!this.purse) return [];
    const { budget, balance, at, left } = this.purse;
    const parts = [budget, balance && at ? `${balance} (${format.format(new Date(at))})` : balance];
    const dear = left !== null && Math.max(0, ...costs.values()) > left;
    return [...parts, dear ? this.words.tooDear : ""].filter(Boolean);
  }

  // The numbers change with each file; they are read out now and then, and at the end.
  say(numbers) {
    if (numbers.left && Date.now() - this.said < SAY_EVERY) return;
    this.said = Date.now();
    const tally = this.find(".tally").textContent.replace(/\s+/g, " ").trim();
    const place = this.find("[data-said]");
    const text = numbers.chosen ? tally : "";
    if (place.textContent !== text) place.textContent = text;
  }

  // The frame copies what a button has in hand when it is pressed.
  copy(rows) {
    const lines = rows.map((row) => `${row.file.name}: ${row.reason}`);
    this.find("[data-copy]").dataset.copy = lines.join("\n");
  }
}
