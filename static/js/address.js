// What a copied address shows again: mode, split, zoom and place. It is read when the
// page opens, kept up to date, and carried along by links marked with data-carry.
// What is as it would be anyway is left out; nonsense is as good as left out.
import { GAIN } from "./modes.js";

const PAUSE = 250;
const MODES = ["slider", "side", "blink", "difference"];

export function read() {
  const query = new URLSearchParams(location.search);
  const number = (name, low, high) => {
    const text = query.get(name)?.trim();
    const value = text ? Number(text) : NaN;
    return value >= low && value <= high ? value : undefined;
  };
  const share = (name, most) => {
    const value = number(name, name === "zoom" ? 1 : 0, most);
    return value === undefined ? undefined : value / 100;
  };
  return {
    mode: MODES.find((mode) => mode === query.get("mode")),
    split: number("split", 0, 100),
    gain: [1, 4, 16].find((gain) => String(gain) === query.get("gain")),
    zoom: share("zoom", 800),
    x: share("x", 100),
    y: share("y", 100),
    full: query.get("full") === "1",
  };
}

const shortened = (value) => String(Math.round(value * 100) / 100);

function written({ comparison, view, full }) {
  const { zoom, x, y } = view;
  return {
    mode: comparison.mode === "slider" ? "" : comparison.mode,
    split: comparison.split === 50 ? "" : shortened(comparison.split),
    gain: comparison.gain === GAIN ? "" : String(comparison.gain),
    zoom: zoom === null ? "" : shortened(zoom * 100),
    x: zoom === null || x === 0.5 ? "" : shortened(x * 100),
    y: zoom === null || y === 0.5 ? "" : shortened(y * 100),
    full: full() ? "1" : "",
  };
}

function put(address, values) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url.href;
}

function write(state) {
  const values = written(state);
  const address = put(location.href, values);
  if (address !== location.href) history.replaceState(history.state, "", address);
  for (const link of document.querySelectorAll("a[data-carry]")) {
    link.href = put(link.href, values);
  }
}

// Returns what to call after each change. Browsers bound how often an address may be
// replaced, so it follows once the hand rests, and before a link is taken.
export function follow(state) {
  let timer;
  const now = () => {
    clearTimeout(timer);
    write(state);
  };
  for (const type of ["pointerdown", "click", "focusin"]) {
    document.addEventListener(
      type,
      (event) => event.target.closest?.("a[data-carry]") && now(),
      true,
    );
  }
  return () => {
    clearTimeout(timer);
    timer = setTimeout(now, PAUSE);
  };
}
