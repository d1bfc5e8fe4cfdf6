// One picture for guests: swipe, arrows and keys lead to its neighbours, whose pages are
// fetched ahead and take the place of this one; a pinch or a double tap zooms. The
// address is always that of the picture, and Back leads to where one came from.
import { fullWindow } from "./frames.js";
import { Gestures } from "./gestures.js";
import { bind } from "./keys.js";
import { say } from "./said.js";
import { View } from "./zoom.js";

const PAN = 0.15;
// What of the width, or how fast (pixels a millisecond), a finger goes to turn.
const FAR = 0.22;
const FAST = 0.45;
const EDGE = 3;

const main = document.getElementById("view");
const stage = document.getElementById("stage");
const find = (selector) => main.querySelector(selector);
const part = (root, name) => root.querySelector(`[data-part=${name}]`);
// Pages of neighbours, fetched or on their way.
const pages = new Map();

const view = new View(stage, () => {
  find("[data-part=ways]").classList.toggle("is-away", stage.classList.contains("is-zoomed"));
});
const full = fullWindow(main, find("[data-do=full]"), () => view.measure());

async function fetchPage(address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error(`No picture at ${address}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.getElementById("view")) throw new Error(`No picture at ${address}`);
  const picture = page.querySelector("[data-shown]").getAttribute("src");
  Object.assign(new Image(), { src: picture });
  return page;
}

function pageOf(address) {
  if (!pages.has(address)) {
    const page = fetchPage(address);
    page.catch(() => pages.delete(address));
    pages.set(address, page);
  }
  return pages.get(address);
}

function look() {
  const links = [...main.querySelectorAll("[data-part=ways] a")].map((link) => link.href);
  for (const address of pages.keys()) if (!links.includes(address)) pages.delete(address);
  for (const address of links) pageOf(address).catch(() => {});
}

// The focus stays on what does the same; where that is gone, on what leads back.
function put(page) {
  const again = document.activeElement?.dataset?.again;
  for (const name of ["does", "ways", "plates"]) {
    part(main, name).replaceChildren(...part(page, name).childNodes);
  }
  find("h1").replaceChildren(...page.querySelector("h1").childNodes);
  find("[data-back]").setAttribute("href", page.querySelector("[data-back]").getAttribute("href"));
  document.title = page.title;
  if (again) (find(`[data-again=${again}]`) ?? find("[data-back]")).focus();
  main.dispatchEvent(new Event("turned", { bubbles: true }));
}

let turning = false;

async function turn(rel) {
  const link = find(`[rel=${rel}]`);
  if (!link || turning) return Boolean(link);
  turning = true;
  try {
    const page = await pageOf(link.href);
    pages.delete(link.href);
    history.replaceState(null, "", link.href);
    put(page);
  } catch {
    location.assign(link.href);
    return true;
  } finally {
    turning = false;
  }
  stage.style.setProperty("--drag", "0px");
  view.take();
  enter(rel);
  say(find("h1").textContent);
  look();
  return true;
}

function enter(rel) {
  const from = rel === "next" ? "is-from-next" : "is-from-prev";
  stage.classList.remove("is-from-next", "is-from-prev", "is-gliding");
  stage.offsetWidth; // Begin anew where the last one has not ended.
  stage.classList.add(from);
}

// What a finger does across: the picture follows, and at the ends it resists.
const swipe = {
  drag(way) {
    const there = find(way < 0 ? "[rel=next]" : "[rel=prev]");
    stage.style.setProperty("--drag", `${there ? way : way / EDGE}px`);
  },
  async end(way, time) {
    const far = Math.abs(way) > FAR * view.w || Math.abs(way) / time > FAST;
    if (far && (await turn(way < 0 ? "next" : "prev"))) return;
    stage.classList.add("is-gliding");
    stage.style.setProperty("--drag", "0px");
  },
};

const single = { pair: false, mode: "", hold() {}, tap() {} };
new Gestures(view, single, swipe);

main.addEventListener("click", (event) => {
  const link = event.target.closest("[data-part=ways] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  turn(link.rel);
});

const glide = (act) => () => {
  stage.classList.add("is-gliding");
  act();
};
const arrow = (dx, dy, rel) => () => {
  if (view.zoomed) return view.panBy(dx * PAN * view.w, dy * PAN * view.h);
  if (!rel || !find(`[rel=${rel}]`)) return false;
  turn(rel);
};

bind({
  ArrowLeft: arrow(1, 0, "prev"),
  ArrowRight: arrow(-1, 0, "next"),
  ArrowUp: arrow(0, 1),
  ArrowDown: arrow(0, -1),
  "+": glide(() => view.step(1)),
  "=": glide(() => view.step(1)),
  "-": glide(() => view.step(-1)),
  p: () => find("[data-pick] button")?.click() ?? Boolean(find("[data-pick]")),
  f: glide(() => view.fitIn()),
  z: glide(() => view.zoomTo(1)),
  Escape: () => (full.full() ? full.leave() : find("[data-back]").click()),
});

look();
