// How two pictures are laid on each other: slider, side by side, blink, difference, and
// the first one alone as long as it is held. A stage with one picture has no mode.
import { say } from "./said.js";

// Most differences are too small to be seen as they are.
export const GAIN = 4;

// Two changes a second are one flash: far from the three that may do harm.
const HALF = 500;
const LATCH = 300;
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Comparison {
  // `changed` is called after each change that the address shall keep, `laid` before it
  // when the plates have another place or size.
  constructor(stage, changed, laid) {
    this.stage = stage;
    this.changed = changed;
    this.laid = laid;
    this.range = stage.querySelector(".stage-range");
    this.pair = Boolean(this.range);
    this.mode = this.pair ? stage.dataset.mode : "";
    this.split = 50;
    this.gain = GAIN;
    this.tools = document.querySelector(".viewer-tools");
    this.blinking = false;
    if (this.pair) this.listen();
  }

  listen() {
    this.range.addEventListener("input", () => this.cut(Number(this.range.value)));
    this.tools.addEventListener("change", ({ target }) => {
      if (target.name === "mode") this.show(target.value);
      if (target.name === "split") this.cut(Number(target.value));
      if (target.name === "gain") this.amplify(Number(target.value));
    });
    this.button("blink").addEventListener("click", () => this.blink(!this.blinking));
    this.button("turn").addEventListener("click", () => this.turn());
    this.listenToHold(this.button("hold"));
    addEventListener("blur", () => this.hold(false));
    document.addEventListener("visibilitychange", () => this.blink(this.blinking));
    still.addEventListener("change", () => this.blink(this.blinking));
  }

  button(name) {
    return this.tools.querySelector(`[data-do=${name}]`);
  }

  // Held it shows the first picture; pressed shortly, or by a key, it stays so.
  listenToHold(button) {
    let since = null;
    let was = false;
    const letGo = ({ type }) => {
      if (since === null) return;
      const short = type === "pointerup" && performance.now() - since < LATCH;
      since = null;
      this.hold(short && !was);
    };
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      since = performance.now();
      was = this.held;
      this.hold(true);
    });
    for (const type of ["pointerup", "pointercancel"]) button.addEventListener(type, letGo);
    button.addEventListener("click", (event) => {
      if (event.detail === 0) this.hold(!this.held);
    });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  show(mode) {
    this.mode = mode;
    this.stage.dataset.mode = mode;
    for (const part of this.tools.querySelectorAll("[data-of]")) {
      part.hidden = !part.dataset.of.split(" ").includes(mode);
    }
    this.tools.querySelector(`[name=mode][value=${mode}]`).checked = true;
    this.blink(mode === "blink");
    this.hold(false);
    this.laid();
    this.tell();
    this.changed();
  }

  next() {
    const modes = [...this.tools.querySelectorAll("[name=mode]")];
    const at = modes.findIndex((one) => one.checked);
    this.show(modes[(at + 1) % modes.length].value);
  }

  // How much of the first picture is shown, in percent of what is in view.
  cut(split) {
    this.split = Math.min(Math.max(split, 0), 100);
    this.range.value = this.split;
    this.stage.style.setProperty("--split", this.split / 100);
    const { before } = this.stage.dataset;
    this.range.setAttribute("aria-valuetext", `${Math.round(this.split)} % ${before}`);
    for (const radio of this.tools.querySelectorAll("[name=split]")) {
      radio.checked = Number(radio.value) === this.split;
    }
    this.tell();
    this.changed();
  }

  // The edges of what is in view of the picture, across.
  edges() {
    const { left } = this.stage.getBoundingClientRect();
    const { style } = this.stage;
    const edge = (name) => left + parseFloat(style.getPropertyValue(name));
    return [edge("--left"), edge("--right")];
  }

  cutAt({ clientX }) {
    const [left, right] = this.edges();
    this.cut((100 * (clientX - left)) / (right - left));
  }

  distance({ clientX }) {
    const [left, right] = this.edges();
    return clientX - left - ((right - left) * this.split) / 100;
  }

  amplify(gain) {
    this.gain = gain;
    this.stage.style.setProperty("--gain", gain);
    this.tools.querySelector(`[name=gain][value="${gain}"]`).checked = true;
    this.tell();
    this.changed();
  }

  // By itself about once a second; with reduced motion only by hand.
  blink(on) {
    clearInterval(this.timer);
    this.blinking = on = on && !still.matches;
    const { pause, play } = this.button("blink").dataset;
    this.button("blink").querySelector("span").textContent = on ? pause : play;
    if (on && !document.hidden) this.timer = setInterval(() => this.swap(), HALF);
  }

  swap() {
    this.stage.dataset.shown = this.stage.dataset.shown === "before" ? "after" : "before";
  }

  // The other picture, by hand; from then on by hand alone.
  turn() {
    this.blink(false);
    this.swap();
    this.tell();
  }

  tap(event) {
    if (this.mode === "slider") this.cutAt(event);
    if (this.mode === "blink") this.turn();
  }

  hold(on) {
    if (!this.pair || this.mode === "side") on = false;
    this.held = on;
    this.stage.classList.toggle("is-held", on);
    this.button("hold")?.setAttribute("aria-pressed", on);
    if (on) this.tell();
  }

  sentence() {
    const { dataset } = this.stage;
    if (this.held) return dataset.sayHeld;
    const text = dataset[`say${this.mode[0].toUpperCase()}${this.mode.slice(1)}`];
    const shown = dataset[dataset.shown === "before" ? "before" : "after"];
    return text
      .replace("{n}", Math.round(this.mode === "slider" ? this.split : this.gain))
      .replace("{shown}", this.blinking ? "" : shown)
      .trim();
  }

  tell() {
    say(this.sentence());
  }
}
