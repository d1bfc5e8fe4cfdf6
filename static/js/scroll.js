// Endless scroll over pages that have an address each: the next page is appended before
// its place is reached, the one before is put in front when one scrolls back up. The
// address follows the first row in view, so that Back, a reload or a shared link opens
// there. Tiles far away are emptied with their place kept, so that memory stays flat.
import { filled, grid, tiles } from "./wall.js";

const AHEAD = 2;
const FAR = 5;
const REST = 150;
const AFTER_FAILURE = 5000;

const form = document.getElementById("chosen");
const here = form.dataset.here;
const next = { older: grid.dataset.older ?? "", newer: grid.dataset.newer ?? "" };
const busy = { older: false, newer: false };
// The tiles of each page that was loaded.
const pages = [{ tiles: tiles(), empty: false }];
let lowest = scrollY;
let upward = false;
let failed = 0;

async function fetchPage(address) {
  const answer = await fetch(location.pathname + address, {
    headers: { "HX-Request": "true" },
  });
  const template = document.createElement("template");
  template.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
  const page = template.content.querySelector("#grid");
  if (!page) throw new Error(`No pictures at ${address}`);
  return page;
}

function link(side) {
  const place = form.querySelector(`[data-more=${side}]`);
  place.hidden = !next[side];
  if (next[side]) place.querySelector("a").setAttribute("href", next[side]);
}

// The row that began here stays as it was when others come before it.
function putInFront(added) {
  const [first] = tiles();
  const before = first.getBoundingClientRect().top;
  const edge = Object.assign(document.createElement("li"), { className: "grid-edge" });
  edge.setAttribute("role", "presentation");
  grid.prepend(...added, edge);
  scrollBy({ top: first.getBoundingClientRect().top - before, behavior: "instant" });
}

async function load(side) {
  const address = next[side];
  if (!address || busy[side] || Date.now() - failed < AFTER_FAILURE) return;
  busy[side] = true;
  try {
    const page = await fetchPage(address);
    const here = new Set(tiles().map((tile) => tile.dataset.id));
    const added = [...page.children].filter((tile) => !here.has(tile.dataset.id));
    if (side === "older") grid.append(...added);
    else if (added.length) putInFront(added);
    next[side] = page.dataset[side] ?? "";
    added.forEach(filled);
    if (added.length) pages.push({ tiles: added, empty: false });
    failed = 0;
  } catch {
    failed = Date.now();
  }
  busy[side] = false;
  form.classList.toggle("is-cut", failed > 0);
  link(side);
  hideLastRow();
  tend();
}

// While more is to come the last row is not complete, and would still move.
function hideLastRow() {
  const all = tiles();
  const bottom = all.at(-1)?.offsetTop;
  const wait = next.older && !failed;
  for (const tile of grid.querySelectorAll(".is-waiting")) tile.classList.remove("is-waiting");
  for (let at = all.length - 1; wait && all[at]?.offsetTop === bottom; at--) {
    all[at].classList.add("is-waiting");
  }
}

async function fill(page) {
  page.empty = false;
  try {
    const ids = page.tiles.map((tile) => tile.dataset.id);
    const fresh = await fetchPage(`?image=${ids.join(",")}`);
    const found = new Map([...fresh.children].map((tile) => [tile.dataset.id, tile]));
    for (const tile of page.tiles) {
      const again = found.get(tile.dataset.id);
      if (again) tile.replaceChildren(...again.childNodes);
      else tile.remove();
      filled(tile);
    }
  } catch {
    page.empty = true;
  }
}

function emptyOut(page) {
  if (page.tiles.some((tile) => tile.contains(document.activeElement))) return;
  page.empty = true;
  for (const tile of page.tiles) tile.replaceChildren();
}

function tendPages() {
  const away = pages.map((page) => {
    const there = page.tiles.filter((tile) => tile.isConnected);
    if (!there.length) return null;
    const top = there[0].getBoundingClientRect().top;
    const bottom = there.at(-1).getBoundingClientRect().bottom;
    return Math.max(top - innerHeight, -bottom, 0) / innerHeight;
  });
  pages.forEach((page, at) => {
    if (away[at] === null) return;
    if (page.empty && away[at] < AHEAD) fill(page);
    else if (!page.empty && away[at] > FAR) emptyOut(page);
  });
}

function tend() {
  const box = grid.getBoundingClientRect();
  if (box.bottom < innerHeight * (1 + AHEAD)) load("older");
  if (upward && box.top > -innerHeight) load("newer");
  tendPages();
}

// The first row in view, and the picture that a page must follow to begin with it.
function note() {
  const bar = document.querySelector(".topbar").offsetHeight;
  const all = tiles();
  let at = all.findIndex((tile) => tile.getBoundingClientRect().bottom > bar);
  if (at < 0) return;
  while (all[at - 1]?.offsetTop === all[at].offsetTop) at--;
  if (!at && next.newer) return;
  const after = at ? `after=${all[at - 1].dataset.id}` : "";
  const query = here === "?" || !after ? here + after : `${here}&${after}`;
  const address = location.pathname + (query === "?" ? "" : query);
  const state = { tile: all[at].dataset.id, top: all[at].getBoundingClientRect().top };
  history.replaceState(state, "", address);
  if (form.elements) form.elements.next.value = address;
}

async function comeBack() {
  const { tile: id, top } = history.state ?? {};
  const place = () => {
    const tile = id && tiles().find((one) => one.dataset.id === id);
    if (!tile) return true;
    scrollBy({ top: tile.getBoundingClientRect().top - top, behavior: "instant" });
    return Math.abs(tile.getBoundingClientRect().top - top) < 2;
  };
  // Near the end there may be too little below, and at the top nothing to scroll up to:
  // what comes before makes room.
  if ((!place() || (id && scrollY < innerHeight / 2)) && next.newer) {
    await load("newer");
    place();
  }
}

let frame = 0;
let rest = 0;
addEventListener(
  "scroll",
  () => {
    upward = scrollY < lowest || (upward && scrollY === lowest);
    lowest = scrollY;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      tend();
    });
    clearTimeout(rest);
    rest = setTimeout(note, REST);
  },
  { passive: true },
);
addEventListener("resize", () => {
  hideLastRow();
  tend();
});
// In another order, other pictures hang at the ends of what is loaded.
function meet(side, tile, word) {
  if (!next[side] || !tile) return;
  next[side] = `${here}${here === "?" ? "" : "&"}${word}=${tile.dataset.id}`;
  link(side);
}

grid.addEventListener("moved", () => {
  meet("older", tiles().at(-1), "after");
  meet("newer", tiles()[0], "before");
  hideLastRow();
  tend();
});
// Whoever leaves by a picture comes back to what is in view now.
grid.addEventListener("click", note, true);
form.querySelector("[data-more=newer] a")?.addEventListener("click", (event) => {
  if (failed || !next.newer) return;
  event.preventDefault();
  load("newer");
});

form.classList.add("is-endless");
history.scrollRestoration = "manual";
hideLastRow();
comeBack().then(tend);
