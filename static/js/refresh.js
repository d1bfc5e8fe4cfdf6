// Keeps a part of a page fresh while its `data-refresh` says that something is at work:
// every 5 s, not while hidden, at once on return. Without script, reload the page.
const PAUSE = 5000;
let timer = 0;

const part = () => document.querySelector("[data-refresh]");

function plan(wait = PAUSE) {
  clearTimeout(timer);
  if (part() && !document.hidden) timer = setTimeout(refresh, wait);
}

async function refresh() {
  const select = `#${part().id}`;
  try {
    await htmx.ajax("GET", location.href, { target: select, select, swap: "outerHTML" });
  } finally {
    plan();
  }
}

document.addEventListener("visibilitychange", () => plan(0));
plan();
