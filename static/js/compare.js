// The page of one picture: puts view, comparison, gestures, address and keys together.
import { follow, read } from "./address.js";
import { leadBack } from "./back.js";
import { fullWindow, overview } from "./frames.js";
import { Gestures } from "./gestures.js";
import { bind } from "./keys.js";
import { Comparison, GAIN } from "./modes.js";
import { say } from "./said.js";
import { Sharp } from "./sharp.js";
import { View } from "./zoom.js";

const PAN = 0.15;

function start(stage) {
  const viewer = stage.closest(".viewer-main");
  const find = (selector) => viewer.querySelector(selector);
  let keep = () => {};
  let draw = () => {};
  const view = new View(stage, () => draw());
  const comparison = new Comparison(
    stage,
    () => keep(),
    () => view.measure(),
  );
  const window_ = fullWindow(viewer, find("[data-do=full]"), () => {
    view.measure();
    keep();
  });
  const sharp = new Sharp(view, (word) => tell(find(".stage-note"), stage, word));
  const frame = overview(find(".navigator"), view);
  draw = () => {
    frame();
    sharp.look();
    const text = `${Math.round(view.now * 100)} %`;
    const output = find("[data-zoom]");
    if (output.value && output.value !== text) say(stage.dataset.sayZoom.replace("{n}", text));
    output.value = text;
    find("[data-do=fit]").setAttribute("aria-pressed", view.zoom === null);
    find("[data-do=whole]").setAttribute("aria-pressed", view.zoom === 1);
    keep();
  };
  new Gestures(view, comparison);
  const state = { view, comparison, full: window_.full };
  restore(state, window_);
  keep = follow(state);
  keep();
  draw();
  const zooms = {
    in: () => view.step(1),
    out: () => view.step(-1),
    fit: () => view.fitIn(),
    whole: () => view.zoomTo(1),
  };
  for (const [name, act] of Object.entries(zooms)) {
    find(`[data-do=${name}]`).addEventListener("click", () => {
      stage.classList.add("is-gliding");
      act();
    });
  }
  leadBack(find("[data-back]"));
  bindKeys(view, comparison, window_, find);
}

// What the address says, where it makes sense.
function restore({ view, comparison }, window_) {
  const { mode, split, gain, zoom, x, y, full } = read();
  if (full) window_.show(true);
  if (comparison.pair) {
    comparison.amplify(gain ?? GAIN);
    // Somebody may have moved the slider before this script was here.
    comparison.cut(split ?? Number(comparison.range.value));
    comparison.show(mode ?? comparison.mode);
  }
  if (zoom === undefined) return;
  view.zoomTo(zoom);
  view.lookAt(x ?? 0.5, y ?? 0.5);
}

function tell(note, stage, word) {
  const legend = stage.dataset.mode === "difference" ? stage.dataset.legend : "";
  const text = { loading: stage.dataset.sayLoading, unshown: stage.dataset.sayUnshown }[word];
  note.hidden = !(text ?? legend);
  note.classList.toggle("is-busy", word === "loading");
  const line = note.querySelector("span");
  if (line.textContent !== (text ?? legend)) line.textContent = text ?? legend;
}

// A control that was reached by keys has its keys for itself; one that was only clicked
// has given them back.
function ownKeys(viewer) {
  let clicked = false;
  viewer.addEventListener("pointerdown", () => (clicked = true), true);
  document.addEventListener("keydown", ({ key }) => key === "Tab" && (clicked = false), true);
  return ({ target }, controls) => !clicked && target.matches?.(controls);
}

function bindKeys(view, comparison, window_, find) {
  const own = ownKeys(view.stage.closest(".viewer-main"));
  const arrow = (dx, dy, rel) => (event) => {
    if (own(event, "input, select, summary")) return false;
    view.stage.classList.remove("is-gliding");
    if (view.zoomed) return view.panBy(dx * PAN * view.w, dy * PAN * view.h);
    const link = rel && find(`[rel=${rel}]`);
    if (!link) return false;
    link.click();
  };
  bind({
    ArrowLeft: arrow(1, 0, "prev"),
    ArrowRight: arrow(-1, 0, "next"),
    ArrowUp: arrow(0, 1),
    ArrowDown: arrow(0, -1),
    "=": () => find("[data-do=in]").click(),
    Escape: () => {
      if (document.querySelector("details.menu[open]")) return false;
      if (window_.full()) window_.leave();
      else find("[data-back]").click();
    },
  });
  if (comparison.pair) bindPair(comparison, own);
}

function bindPair(comparison, own) {
  const pressing = (event) => own(event, "button, select, summary, [type=checkbox]");
  bind({
    m: () => comparison.next(),
    b: () => (comparison.mode === "blink" ? comparison.turn() : comparison.show("blink")),
    " ": (event) => {
      if (pressing(event)) return false;
      if (!event.repeat) comparison.hold(true);
    },
  });
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || pressing(event)) return;
    if (comparison.held) event.preventDefault();
    comparison.hold(false);
  });
}

const stage = document.getElementById("compare");
if (stage) start(stage);
