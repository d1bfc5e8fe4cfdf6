// Single keys. `data-key="u"` on a link or button: the key presses it; on a field: the
// key goes there. `bind` adds what has no button. Nothing happens while a field has the
// focus, while a dialog is open, with a modifier, or once they are switched off.
const bound = new Map();
const modes = [];
const MODIFIERS = ["Control", "Meta", "Alt"];

function on() {
  try {
    return localStorage.getItem("keys") !== "off";
  } catch {
    return true;
  }
}

// bind({ x: (event) => …, "Ctrl+a": (event) => … }); a function that returns false has
// left the key to the browser.
export function bind(keys) {
  for (const [key, act] of Object.entries(keys)) bound.set(key, act);
}

// The same, for as long as `active` says so; then no other key does anything.
export function bindWhile(active, keys) {
  modes.push([active, new Map(Object.entries(keys))]);
}

// A range has only the keys that move it.
const MOVES = /^(Arrow|Home|End|Page)/;

function typing({ target, key }) {
  const field = target.closest?.("input, select, textarea, [contenteditable]");
  if (field?.type === "range") return MOVES.test(key);
  return field && !["checkbox", "radio", "button", "submit"].includes(field.type);
}

function name(event) {
  if (!MODIFIERS.some((key) => event.getModifierState(key))) return event.key;
  return event.ctrlKey !== event.metaKey && !event.altKey ? `Ctrl+${event.key}` : "";
}

function press(key) {
  // The page's own place comes before the frame's.
  const inMain = [...document.querySelectorAll("main [data-key]")];
  const places = [...inMain, ...document.querySelectorAll("[data-key]")];
  const place = places.find((one) => one.dataset.key === key && one.checkVisibility());
  if (!place) return false;
  if (place.matches("input:not([type=checkbox], [type=radio]), textarea")) {
    place.focus();
    place.select();
  } else {
    place.click();
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || !on()) return;
  if (typing(event) || document.querySelector("dialog[open]")) return;
  const key = name(event);
  const mode = modes.find(([active]) => active())?.[1];
  const act = (mode ?? bound).get(key);
  if (act ? act(event) !== false : key && !mode && press(key)) event.preventDefault();
});

bind({ "?": () => document.getElementById("keys")?.showModal() });

const control = document.getElementById("keys-on");
if (control) {
  control.checked = on();
  control.addEventListener("change", () => {
    try {
      localStorage.setItem("keys", control.checked ? "on" : "off");
    } catch {
      // The choice cannot be kept here.
    }
  });
}
