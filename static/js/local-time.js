// Times in the reader's own time zone; without script they stand in the server's.
export const format = new Intl.DateTimeFormat(document.documentElement.lang || "en", {
  dateStyle: "medium",
  timeStyle: "short",
});

function localise(part) {
  for (const element of part.querySelectorAll("time[data-local]")) {
    element.textContent = format.format(new Date(element.dateTime));
  }
}

document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
localise(document);
