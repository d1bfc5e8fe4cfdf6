// What every page needs: theme switch, menus, dialogs, copy buttons, sliders, messages.
import "./dialog.js";
import "./keys.js";
import "./local-time.js";
import "./menus.js";
import "./theme-switch.js";
import { toast } from "./toast.js";

// On plain http, away from this machine, browsers have no clipboard to write to.
function copyByHand(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  if (navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
  else copyByHand(button.dataset.copy);
  toast(button.dataset.copied ?? "Copied");
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast, .notice")?.remove();
});

// A range shows its value beside it and fills its track up to the thumb.
function paint(range) {
  const { min, max, value } = range;
  const low = Number(min || 0);
  const share = (100 * (value - low)) / (Number(max || 100) - low);
  range.style.setProperty("--fill", `${share}%`);
  const output = range.closest(".range")?.querySelector("output");
  if (output) output.value = `${value}${output.dataset.unit ?? ""}`;
}

const paintAll = (part) =>
  part.querySelectorAll(".range input[type=range]").forEach(paint);
document.addEventListener("input", (event) => {
  if (event.target.matches(".range input[type=range]")) paint(event.target);
});
document.addEventListener("htmx:load", (event) => paintAll(event.detail.elt));
paintAll(document);

// Hints over buttons go away with Escape and come back with the next move.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.documentElement.classList.add("tips-off");
});
for (const type of ["pointermove", "focusin"]) {
  document.addEventListener(type, () =>
    document.documentElement.classList.remove("tips-off"),
  );
}
