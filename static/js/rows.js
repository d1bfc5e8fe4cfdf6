// Puts rows that have changed into the list of a page that watches: in the place of the
// old one, or where they belong, or out of a list that shows them no longer.

const list = () => document.getElementById("tasks");

// A picture that is on screen already is kept: the row changes, and nothing flickers.
function keepPicture(old, row) {
  const [before, after] = [old, row].map((one) => one.querySelector(".work-thumb img"));
  if (before && after && before.getAttribute("src") === after.getAttribute("src")) {
    after.replaceWith(before);
  }
}

function replace(old, row) {
  const focused = old.contains(document.activeElement) && document.activeElement.id;
  keepPicture(old, row);
  old.replaceWith(row);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function insert(row) {
  const rows = [...list().querySelectorAll(".work-row")];
  const next = rows.find((one) => one.dataset.order > row.dataset.order);
  list().insertBefore(row, next ?? document.getElementById("more"));
}

export function place(rows) {
  for (const row of rows) {
    const old = document.getElementById(row.id);
    if ("gone" in row.dataset) old?.remove();
    else if (old) replace(old, row);
    else insert(row);
    htmx.process(row);
  }
}

// Which rows the page has: those that are not loaded yet need no change.
export function range() {
  const { show, after = "" } = list().dataset;
  const until = document.getElementById("more")?.dataset.last ?? "";
  return { show, after, until };
}
