// Times in the zone that the reader has chosen, else in the browser's own; without
// script they stand in the chosen one, else in the server's.
const root = document.documentElement;
const shape = { dateStyle: "medium", timeStyle: "short" };

function formatIn(timeZone) {
  try {
    return new Intl.DateTimeFormat(root.lang || "en", { ...shape, timeZone });
  } catch {
    // A zone of which this browser has never heard.
    return new Intl.DateTimeFormat(root.lang || "en", shape);
  }
}

// Pages bear the chosen zone at their root, the console in its header.
export const format = formatIn(document.querySelector("[data-zone]")?.dataset.zone);

function localise(part) {
  for (const element of part.querySelectorAll("time[data-local]")) {
    element.textContent = format.format(new Date(element.dateTime));
  }
}

document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
localise(document);

// "Use this browser's time zone" fills in a field; it is saved with the others.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-own-zone]");
  if (!button) return;
  const field = document.getElementById(button.dataset.ownZone);
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  field.focus();
});
