// Keeps a page that watches work up to date: it asks, and is told what has changed.
// Every second for the first minute, then every 2 s, every 5 s when all is quiet; not
// while hidden, at once on return. `#watch` says where to ask, and whether to go on.
import { place, range } from "./rows.js";

const FIRST_MINUTE = 60_000;
const QUIET_AFTER = 30_000;
const ANNOUNCE_EVERY = 10_000;
// What was pressed here shows in the answers a moment later; so long it is asked for.
const EXPECT = 10_000;

const opened = Date.now();
let changed = Date.now();
let announced = Date.now();
let timer = 0;
let asking = false;
let again = false;
let closed = false;
let expecting = 0;
// While more rows are loaded, answers leave them out: from here, once they have come.
let missed = Infinity;
let loading = 0;

const watch = () => document.getElementById("watch");
const show = (id, shown) => (document.getElementById(id).hidden = !shown);

function pause() {
  if (Date.now() - opened < FIRST_MINUTE) return 1000;
  return Date.now() - changed > QUIET_AFTER ? 5000 : 2000;
}

function plan(wait = pause()) {
  clearTimeout(timer);
  const open = "open" in watch().dataset || Date.now() < expecting;
  if (open && !document.hidden && !closed) timer = setTimeout(ask, wait);
}

async function ask() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const { address, since, permit } = watch().dataset;
  const query = new URLSearchParams({ permit, ...range() });
  query.set("since", Math.min(Number(since), missed));
  if (!loading) missed = Infinity;
  try {
    await htmx.ajax("GET", `${address}?${query}`, { target: "#watch", swap: "outerHTML" });
  } catch {
    // The notice is up already; the next answer takes it away.
  } finally {
    asking = false;
    plan(again ? 0 : undefined);
    again = false;
  }
}

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", {
  style: "narrow",
});

function tellTime() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(element.dateTime)) / 1000));
    const said =
      seconds < 90
        ? relative.format(-seconds, "second")
        : relative.format(-Math.round(seconds / 60), "minute");
    if (element.textContent !== said) element.textContent = said;
  }
}

function tellNews() {
  const summary = document.getElementById("summary");
  document.title = `${summary.dataset.title} · Darkroom`;
  const open = "open" in watch().dataset;
  if (open && Date.now() - announced < ANNOUNCE_EVERY) return;
  announced = Date.now();
  const text = summary.querySelector("[data-announce]").textContent;
  const place = document.getElementById("announcement");
  const said = text.replace(/\s+/g, " ").trim();
  if (place.textContent !== said) place.textContent = said;
}

// A button that was pressed may be gone with what it stopped: the focus goes to the sum.
let pressed = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "more-link") {
    missed = Math.min(missed, Number(watch().dataset.since));
    loading += 1;
  }
  const button = event.detail.elt.querySelector?.("button[id]");
  if (button && button === document.activeElement) pressed = button.id;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id !== "watch") return;
  const news = watch().querySelector("template");
  if (news) place([...news.content.children]);
  news?.remove();
  changed = Date.now();
  if (pressed && !document.getElementById(pressed)) {
    const lost = document.activeElement === document.body;
    if (lost) document.getElementById("summary").focus({ preventScroll: true });
    pressed = "";
  }
  tellNews();
  tellTime();
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig?.elt.id === "more-link") {
    loading -= 1;
    if (missed < Number(watch().dataset.since)) ask();
  }
  const { status = 0 } = detail.xhr ?? {};
  show("unreached", status === 0 || status >= 500);
  closed = [401, 403, 404].includes(status);
  show("closed", closed);
});
document.body.addEventListener("look", () => {
  expecting = Date.now() + EXPECT;
  clearTimeout(timer);
  ask();
});
document.addEventListener("visibilitychange", () => plan(0));
setInterval(tellTime, 1000);
tellTime();
plan();
