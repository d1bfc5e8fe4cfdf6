// Keeps a page that watches work up to date: it asks, and is told what has changed.
// Every second for the first minute, then every 2 s; not while hidden, at once on return.

const FIRST_MINUTE = 60_000;
const QUIET_AFTER = 30_000;
const ANNOUNCE_EVERY = 10_000;

const opened = Date.now();
let changed = Date.now();
let announced = 0;
let timer = 0;
let asking = false;

function pause() {
  if (Date.now() - opened < FIRST_MINUTE) return 1000;
  return Date.now() - changed > QUIET_AFTER ? 5000 : 2000;
}

function plan(wait = pause()) {
  clearTimeout(timer);
  const watch = document.getElementById("watch");
  if (watch?.dataset.watch && !document.hidden) timer = setTimeout(ask, wait);
}

async function ask() {
  const { watch: address, since, permit } = document.getElementById("watch").dataset;
  if (!address || asking) return;
  asking = true;
  const query = new URLSearchParams({ since, permit });
  try {
    await htmx.ajax("GET", `${address}?${query}`, { target: "#watch", swap: "outerHTML" });
  } finally {
    asking = false;
    plan();
  }
}

function tellTime() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(element.dateTime)) / 1000));
    element.textContent = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  }
}

function tellNews() {
  const summary = document.getElementById("summary");
  if (summary) document.title = `${summary.dataset.title} · Darkroom`;
  const ended = !document.getElementById("watch")?.dataset.watch;
  if (!ended && Date.now() - announced < ANNOUNCE_EVERY) return;
  announced = Date.now();
  const text = summary?.querySelector("[data-announce]")?.textContent.replace(/\s+/g, " ").trim();
  const place = document.getElementById("announcement");
  if (place && place.textContent !== text) place.textContent = text;
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id !== "watch") return;
  changed = Date.now();
  tellNews();
  tellTime();
});
document.body.addEventListener("look", () => plan(0));
document.addEventListener("visibilitychange", () => plan(0));
setInterval(tellTime, 1000);
tellTime();
plan();
