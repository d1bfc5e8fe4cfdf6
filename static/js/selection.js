// Selecting pictures, on any page with a #grid in a form #chosen: circles, Shift for a
// range, a long press on touch; then a click anywhere on a picture selects it, too. What
// is selected is remembered by id, so that a tile may be emptied and filled again.
import { grid, tiles } from "./wall.js";

export { grid, tiles };

const LONG_PRESS = 450;
const SLACK = 10;

const form = document.getElementById("chosen");
const bar = form.querySelector(".selbar");
const said = document.getElementById("selected-said");
const chosen = new Set();
let start = null;

export const chosenIds = () => [...chosen];
const tileOf = (element) => element.closest?.("#grid > .tile");

export function say(text) {
  said.textContent = text;
}

// Show on the tile itself whether it is selected; once more when it was filled anew.
export function paint(tile) {
  const box = tile.querySelector(".tile-pick input");
  if (box) box.checked = chosen.has(tile.dataset.id);
}

grid.addEventListener("filled", ({ target }) => paint(target));

function set(tile, on) {
  if (on) chosen.add(tile.dataset.id);
  else chosen.delete(tile.dataset.id);
  paint(tile);
}

function words() {
  if (!chosen.size) return form.dataset.none;
  if (chosen.size === 1) return form.dataset.one;
  return form.dataset.many.replace("%s", chosen.size.toLocaleString());
}

// Compare takes two of one original, the result first; one is downloaded by itself.
function offer() {
  const compare = bar.querySelector("[data-compare]");
  if (!compare) return;
  const some = chosen.size > 2 ? [] : tiles().filter((one) => chosen.has(one.dataset.id));
  const pair = some.length === 2 && some[0].dataset.family === some[1].dataset.family;
  compare.hidden = !pair;
  if (pair) {
    const [one, other] = "result" in some[0].dataset ? some : some.toReversed();
    compare.href = `/images/${one.dataset.id}/?with=${other.dataset.id}`;
  }
  const download = bar.querySelector("[data-download]");
  download.hidden = some.length !== 1;
  bar.querySelector("[data-zip]").hidden = !download.hidden;
  if (some.length === 1) download.href = `/images/${some[0].dataset.id}/download/`;
}

function show() {
  bar.classList.toggle("is-on", chosen.size > 0);
  bar.querySelector("[data-count]").textContent = words();
  say(words());
  offer();
}

export function toggle(tile) {
  set(tile, !chosen.has(tile.dataset.id));
  start = tile;
  show();
}

function range(tile, on) {
  const all = tiles();
  const ends = [all.indexOf(start), all.indexOf(tile)].sort((a, b) => a - b);
  for (const one of all.slice(ends[0], ends[1] + 1)) set(one, on);
  show();
}

export function selectAll() {
  for (const tile of tiles()) set(tile, true);
  show();
}

export function clear() {
  if (!chosen.size) return false;
  chosen.clear();
  start = null;
  tiles().forEach(paint);
  show();
  return true;
}

export function forget(ids) {
  for (const id of ids) chosen.delete(id);
  show();
}

grid.addEventListener("click", (event) => {
  const tile = tileOf(event.target);
  if (!tile) return;
  const box = event.target.closest(".tile-pick input");
  if (box) {
    if (event.shiftKey && start?.isConnected) {
      range(tile, box.checked);
    } else {
      toggle(tile);
    }
    return;
  }
  // Enter opens, and so does a click with a key that opens a tab.
  const opens = !event.detail || event.ctrlKey || event.metaKey || !chosen.size;
  if (!event.target.closest(".tile-link") || opens) return;
  event.preventDefault();
  if (event.shiftKey && start?.isConnected) range(tile, true);
  else toggle(tile);
});

let timer = 0;
let pressed = null;
let swallow = false;

function letGo() {
  clearTimeout(timer);
  pressed = null;
}

grid.addEventListener("pointerdown", (event) => {
  swallow = false;
  const tile = tileOf(event.target);
  if (event.pointerType === "mouse" || !tile) return;
  pressed = { x: event.clientX, y: event.clientY };
  timer = setTimeout(() => {
    swallow = true;
    // What is selected stays so: it is about to be dragged with the others.
    if (!chosen.has(tile.dataset.id)) toggle(tile);
    navigator.vibrate?.(10);
  }, LONG_PRESS);
});
grid.addEventListener("pointermove", (event) => {
  if (!pressed) return;
  const way = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
  if (way > SLACK) letGo();
});
for (const type of ["pointerup", "pointercancel", "pointerleave"]) {
  grid.addEventListener(type, letGo);
}
// The long press itself opens neither the picture nor the menu of its link.
grid.addEventListener("contextmenu", (event) => {
  if (pressed || swallow) event.preventDefault();
});
grid.addEventListener(
  "click",
  (event) => {
    if (!swallow) return;
    swallow = false;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
grid.addEventListener("dragstart", (event) => {
  if (pressed) event.preventDefault();
});

bar.querySelector("[data-clear]")?.addEventListener("click", clear);

// What is selected but not in the page at the moment goes along in one field.
form.addEventListener("submit", () => {
  form.querySelector("[data-rest]")?.remove();
  const here = new Set([...grid.querySelectorAll(":checked")].map((box) => box.value));
  const rest = chosenIds().filter((id) => !here.has(id));
  if (!rest.length) return;
  const field = Object.assign(document.createElement("input"), { type: "hidden" });
  field.dataset.rest = "";
  field.name = "image";
  field.value = rest.join(",");
  form.append(field);
});
