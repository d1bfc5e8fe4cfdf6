// Masks over a picture: `data-overlay="<id>"` on a checkbox shows that one, and
// `data-opacity="<id of their box>"` on a range says how much covers the picture.
function show(box) {
  const overlay = document.getElementById(box.dataset.overlay);
  // Fetched when it is first wanted.
  if (box.checked && !overlay.src) overlay.src = overlay.dataset.src;
  overlay.hidden = !box.checked;
}

function fade(range) {
  const overlays = document.getElementById(range.dataset.opacity);
  overlays.style.setProperty("--opacity", range.value / 100);
}

for (const box of document.querySelectorAll("[data-overlay]")) {
  box.addEventListener("change", () => show(box));
  show(box);
}

for (const range of document.querySelectorAll("[data-opacity]")) {
  range.addEventListener("input", () => fade(range));
  fade(range);
}
