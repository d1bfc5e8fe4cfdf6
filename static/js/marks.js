// Labels and trash, for what is selected or else for the picture that has the focus;
// the page stays where it is, and the trash can be undone.
import { current, go } from "./grid-keys.js";
import { bind } from "./keys.js";
import { chosenIds, forget, grid, paint, say, tiles, toggle } from "./selection.js";
import { toast } from "./toast.js";

const form = document.getElementById("chosen");
const token = form.querySelector("[name=csrfmiddlewaretoken]").value;

export function meant() {
  const ids = chosenIds();
  if (ids.length) return ids;
  return current() ? [current().dataset.id] : [];
}

export async function post(address, fields) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    if (answer.ok) return await answer.json();
  } catch {
    // Said below, as any other failure.
  }
  toast(form.dataset.failed);
  return null;
}

function sign(tile, value) {
  const signs = tile.querySelector(".tile-signs");
  signs?.querySelector(".label")?.remove();
  const drawing = document.getElementById(`label-${value}`);
  if (drawing) signs?.prepend(drawing.content.cloneNode(true));
}

async function label(value) {
  const done = await post(form.dataset.label, { image: meant().join(","), label: value });
  if (!done) return;
  const ids = new Set(done.ids);
  for (const tile of tiles()) if (ids.has(tile.dataset.id)) sign(tile, value);
  say(done.said);
}

// Whoever has the filter on sees what they took the heart from until they come again.
async function heart() {
  const done = await post(form.dataset.favourite, { image: meant().join(",") });
  if (!done) return;
  const ids = new Set(done.ids);
  const drawing = document.getElementById("heart").content;
  for (const tile of tiles()) {
    const signs = ids.has(tile.dataset.id) && tile.querySelector(".tile-signs");
    if (!signs) continue;
    signs.querySelector(".tile-heart")?.remove();
    if (!done.on) continue;
    const label = signs.querySelector(".label");
    if (label) label.after(drawing.cloneNode(true));
    else signs.prepend(drawing.cloneNode(true));
  }
  say(done.said);
}

// What has the focus is taken for selected; with neither there is an empty one to make.
function collect() {
  const button = form.querySelector("[data-act=new]");
  if (!chosenIds().length && current()) toggle(current());
  if (chosenIds().length) form.requestSubmit(button);
  else location.href = `${form.dataset.galleries}#new-gallery`;
}

// A comment keeps the place of each tile that goes, so that it can come back there.
function take(ids) {
  const gone = tiles().filter((tile) => ids.has(tile.dataset.id));
  const focused = current();
  const all = tiles();
  const at = all.indexOf(focused);
  const next = all.slice(at).find((tile) => !ids.has(tile.dataset.id));
  const places = gone.map((tile) => {
    const place = document.createComment("");
    tile.replaceWith(place);
    return [place, tile];
  });
  if (focused && !focused.isConnected) {
    const left = next ?? tiles().at(-1);
    if (left) go(left);
    else document.getElementById("main").focus();
  }
  return places;
}

// How many are left is the server's to say, for these conditions.
async function recount() {
  const answer = await fetch(location.pathname + form.dataset.here);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const count = page.getElementById("count");
  if (count) document.getElementById("count")?.replaceWith(count);
}

function moved() {
  grid.dispatchEvent(new CustomEvent("moved"));
  if (document.getElementById("count")) recount();
}

async function trash() {
  const done = await post(form.dataset.trash, { image: meant().join(",") });
  if (!done) return;
  if (!done.ids.length) {
    toast(done.said);
    return;
  }
  const places = take(new Set(done.ids));
  forget(done.ids);
  moved();
  toast(done.said, { label: form.dataset.undo, action: () => undo(done.moment, places) });
}

async function undo(moment, places) {
  const done = await post(form.dataset.restore, { moment });
  if (!done) return;
  for (const [place, tile] of places) {
    place.replaceWith(tile);
    paint(tile);
  }
  if (places.length) go(places[0][1]);
  moved();
  say(done.said);
}

const obey = (act) => () => {
  if (!meant().length) return false;
  act();
  return true;
};

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.dataset.act === "trash") trash();
  else if (button?.dataset.act === "heart") heart();
  else if (button?.name === "label") label(button.value);
  else return;
  event.preventDefault();
  const menu = button.closest("details");
  if (menu) menu.open = false;
});

async function facts() {
  const tile = current();
  const dialog = document.getElementById("facts");
  const address = `/images/${tile.dataset.id}/facts/`;
  await htmx.ajax("GET", address, { target: "#facts [data-facts]", swap: "innerHTML" });
  dialog.showModal();
}

bind({
  h: obey(heart),
  i: () => {
    if (!current()) return false;
    facts();
    return true;
  },
});
if (form.querySelector("[data-act=trash]")) {
  const labels = [0, 1, 2, 3, 4, 5].map((one) => [`${one}`, obey(() => label(`${one}`))]);
  bind({ ...Object.fromEntries(labels), n: collect, Delete: obey(trash) });
}
