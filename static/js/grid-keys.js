// Keys in a wall of pictures: arrows go by row and column as they are seen, x and Space
// select, Ctrl+a selects all, Escape none.
import { bind } from "./keys.js";
import { clear, grid, selectAll, tiles, toggle } from "./selection.js";

const handle = (tile) => tile.querySelector(".tile-link[href], .tile-pick input");

// The picture that has the focus.
export const current = () => document.activeElement?.closest("#grid > .tile") ?? null;

export function go(tile) {
  handle(tile)?.focus();
  return true;
}

function firstInView() {
  const top = document.querySelector(".topbar")?.offsetHeight ?? 0;
  return tiles().find((tile) => tile.getBoundingClientRect().bottom > top + 20);
}

// Of the row above or below, the picture whose middle is nearest.
function acrossRows(tile, step) {
  const all = tiles();
  const middle = tile.offsetLeft + tile.offsetWidth / 2;
  let at = all.indexOf(tile);
  while (all[at] && all[at].offsetTop === tile.offsetTop) at += step;
  if (!all[at]) return null;
  const row = all.filter((one) => one.offsetTop === all[at].offsetTop);
  const far = (one) => Math.abs(one.offsetLeft + one.offsetWidth / 2 - middle);
  return row.reduce((best, one) => (far(one) < far(best) ? one : best));
}

function move(find) {
  const tile = current();
  const next = tile ? find(tile) : firstInView();
  if (next) return go(next);
  // At the edge the arrow stays on the picture; on no picture it scrolls.
  return Boolean(tile);
}

const beside = (step) => (tile) => {
  const all = tiles();
  return all[all.indexOf(tile) + step];
};
export const onward = getComputedStyle(grid).direction === "rtl" ? -1 : 1;

function select(event) {
  const tile = current();
  // A circle that has the focus takes the space bar by itself.
  if (!tile || (event.key === " " && event.target.matches("input"))) return false;
  toggle(tile);
  return true;
}

bind({
  ArrowRight: () => move(beside(onward)),
  ArrowLeft: () => move(beside(-onward)),
  ArrowDown: () => move((tile) => acrossRows(tile, 1)),
  ArrowUp: () => move((tile) => acrossRows(tile, -1)),
  Enter: (event) => {
    if (!event.target.matches(".tile-pick input")) return false;
    current().querySelector(".tile-link[href]")?.click();
    return true;
  },
  x: select,
  " ": select,
  "Ctrl+a": selectAll,
  Escape: clear,
});
