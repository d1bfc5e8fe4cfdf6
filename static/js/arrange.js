// Hanging the pictures of a gallery in another order: drag them, by mouse or after a long
// press; or press m, or Move: then arrows move them and Enter lets go, or a press on a
// picture hangs them before it. What is selected moves together.
import { Drag } from "./drag.js";
import { current, go, onward } from "./grid-keys.js";
import { bind, bindWhile } from "./keys.js";
import { meant, post } from "./marks.js";
import { grid, say, tiles } from "./selection.js";

const form = document.getElementById("chosen");
const bar = form.querySelector(".movebar");
// What moves, in its order, and how all hung before; null while nothing does.
let moving = null;
let before = [];

const begins = () => form.querySelector("[data-more=newer]").hidden;
const ends = () => form.querySelector("[data-more=older]").hidden;

export function picked(tile) {
  const ids = new Set(meant());
  if (tile && !ids.has(tile.dataset.id)) return [tile];
  return tiles().filter((one) => ids.has(one.dataset.id));
}

function hang(some, goal) {
  if (goal) for (const tile of some) goal.before(tile);
  else grid.append(...some);
}

// As they hung before; what came on meanwhile stays where it is.
function rehang(some, all) {
  const last = all.findLast((tile) => !some.includes(tile) && tile.isConnected);
  let next = null;
  for (const tile of all.toReversed()) {
    if (!some.includes(tile)) next = tile.isConnected ? tile : next;
    else if (next) next.before(tile);
    else last?.after(tile);
    if (tile.isConnected) next = tile;
  }
}

// Where they would be beyond what is loaded, they leave it, and come with their page.
function leave(some, gone) {
  if (gone) for (const tile of some) tile.remove();
  grid.dispatchEvent(new CustomEvent("moved"));
}

// Hang them before a picture, or at one of the ends; the server has the last word.
export async function place(some, { goal = null, to = "" }, all = tiles()) {
  const focused = current();
  const moved = new Set(some);
  const first = tiles().find((tile) => !moved.has(tile));
  hang(some, to === "start" ? first : goal);
  if (focused?.isConnected) go(focused);
  const fields = to ? { to } : { before: goal.dataset.id };
  const image = some.map((tile) => tile.dataset.id).join(",");
  const done = await post(form.dataset.order, { image, ...fields });
  if (!done) {
    rehang(some, all);
    return;
  }
  say(done.said);
  leave(some, (to === "end" && !ends()) || (to === "start" && !begins()));
}

function start(tile) {
  moving = picked(tile);
  if (!moving.length) {
    moving = null;
    return false;
  }
  before = tiles();
  bar.hidden = false;
  grid.classList.add("is-moving");
  for (const one of moving) one.classList.add("is-carried");
  const names = moving.length > 1 ? moving.length : moving[0].querySelector("img").alt;
  say(form.dataset.moving.replace("%s", names));
  if (!current()) go(moving[0]);
  return true;
}

function stop() {
  for (const one of moving) one.classList.remove("is-carried");
  grid.classList.remove("is-moving");
  bar.hidden = true;
  moving = null;
}

function cancel() {
  rehang(moving, before);
  go(moving[0]);
  stop();
  say(form.dataset.left);
}

// Leave them where the arrows brought them.
function drop() {
  const [some, all] = [moving, before];
  const rest = tiles();
  const goal = rest[rest.indexOf(some.at(-1)) + 1];
  if (!goal && !ends()) {
    cancel();
    return;
  }
  stop();
  place(some, goal ? { goal } : { to: "end" }, all);
}

function finish(how) {
  const [some, all] = [moving, before];
  rehang(some, all);
  stop();
  place(some, how, all);
}

const others = () => tiles().filter((tile) => !moving.includes(tile));

function step(find) {
  const rest = others();
  const all = tiles();
  const at = all.slice(0, all.indexOf(moving[0])).filter((one) => !moving.includes(one));
  const last = ends() ? rest.length : rest.length - 1;
  const place = Math.max(0, Math.min(find(at.length, rest), last));
  hang(moving, rest[place]);
  go(moving[0]);
  moving[0].scrollIntoView({ block: "nearest" });
  say(told(rest[place]));
  return true;
}

// Where they hang now: their number, where that is known.
function told(next) {
  if (!next) return form.dataset.last;
  if (!begins()) return form.dataset.before.replace("%s", next.querySelector("[alt]")?.alt);
  return form.dataset.placed.replace("%s", tiles().indexOf(moving[0]) + 1);
}

// The place in the row above or below that is nearest to where they hang.
function across(way) {
  return (at, rest) => {
    const { left, top } = moving[0].getBoundingClientRect();
    const boxes = rest.map((tile) => tile.getBoundingClientRect());
    const rows = boxes.filter((box) => (box.top - top) * way > 4).map((box) => box.top);
    if (!rows.length) return way < 0 ? 0 : rest.length;
    const row = way < 0 ? Math.max(...rows) : Math.min(...rows);
    const far = (box) => (Math.abs(box.top - row) < 4 ? Math.abs(box.left - left) : Infinity);
    return boxes.reduce((best, box, n) => (far(box) < far(boxes[best]) ? n : best), at);
  };
}

bindWhile(() => moving, {
  ArrowRight: () => step((at) => at + onward),
  ArrowLeft: () => step((at) => at - onward),
  ArrowUp: () => step(across(-1)),
  ArrowDown: () => step(across(1)),
  Home: () => finish({ to: "start" }),
  End: () => finish({ to: "end" }),
  Enter: (event) => (event.target.closest("button") ? false : drop()),
  m: drop,
  Escape: cancel,
});
bind({ m: () => start() });

const acts = {
  start: () => finish({ to: "start" }),
  end: () => finish({ to: "end" }),
  drop,
  cancel,
};
bar.addEventListener("click", (event) => acts[event.target.closest("[data-move]")?.dataset.move]?.());

form.addEventListener("submit", (event) => {
  const act = event.submitter?.dataset.act;
  if (!["move", "start", "end"].includes(act)) return;
  event.preventDefault();
  event.submitter.closest("details").open = false;
  if (start() && act !== "move") finish({ to: act });
});

// While they move, a press on a picture names the place, and selects or opens nothing.
grid.addEventListener(
  "click",
  (event) => {
    const goal = moving && event.target.closest("#grid > .tile");
    if (!goal) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (moving.includes(goal)) drop();
    else finish({ goal });
  },
  true,
);

new Drag(grid, {
  idle: () => !moving,
  some: picked,
  let: (some, goal) => place(some, goal ? { goal } : { to: "end" }),
});
