// Before and after: a native range drives how much of the upper picture is cut away.
// `data-compare` on the box; inside it .compare-a, .compare-b and input.compare-range.
// Radios with data-split="0|50|100" and data-for="<id of the box>" jump there.
function split(box) {
  const range = box.querySelector(".compare-range");
  const value = Number(range.value);
  box.style.setProperty("--split", `${value}%`);
  range.setAttribute("aria-valuetext", `${Math.round(value)} %`);
  for (const radio of document.querySelectorAll(`[data-for="${box.id}"]`)) {
    radio.checked = Number(radio.dataset.split) === value;
  }
}

function fit(box) {
  const { naturalWidth, naturalHeight } = box.querySelector(".compare-a");
  if (naturalHeight) box.style.setProperty("--r", naturalWidth / naturalHeight);
}

export function start(box) {
  box.dataset.compare = "on";
  const first = box.querySelector(".compare-a");
  first.addEventListener("load", () => fit(box));
  box.addEventListener("input", () => split(box));
  fit(box);
  split(box);
}

function startAll(part) {
  for (const box of part.querySelectorAll('[data-compare=""]')) start(box);
}

document.addEventListener("change", (event) => {
  const { split: value, for: id } = event.target.dataset;
  const range = id && document.getElementById(id)?.querySelector(".compare-range");
  if (!range) return;
  range.value = value;
  range.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("htmx:load", (event) => {
  startAll(event.detail.elt);
});
startAll(document);
