// A guest's pictures, sent one after the other, so that each shows how far it is.
import { read, tokenOf } from "./request.js";

const form = document.querySelector("form[data-guest-uploads]");

// One file; rejects when there was no answer.
function send(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("name", form.elements.name.value);
    body.append("files", file);
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRFToken", tokenOf(form));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => progress(event.loaded / event.total));
    request.addEventListener("load", () => resolve(read(request.responseText)));
    request.addEventListener("error", reject);
    request.send(body);
  });
}

function refuse(name, message) {
  const list = form.querySelector("[data-refused]");
  const line = document.createElement("li");
  line.textContent = name ? `${name}: ${message}` : message;
  list.append(line);
  list.hidden = false;
}

async function sendAll(files) {
  const bar = form.querySelector("progress");
  const said = form.querySelector("[data-said]");
  form.querySelector("[data-progress]").hidden = false;
  let refused = 0;
  for (const [at, file] of files.entries()) {
    said.textContent = form.dataset.sending.replace("{n}", at + 1).replace("{all}", files.length);
    const show = (share) => (bar.value = (at + share) / files.length);
    try {
      const answer = await send(file, show);
      const reasons = answer.refused ?? (answer.stored ? [] : [answer]);
      for (const one of reasons) refuse(file.name, one.message ?? form.dataset.lost);
      refused += reasons.length;
    } catch {
      refuse(file.name, form.dataset.lost);
      refused += 1;
    }
    show(1);
  }
  form.querySelector("[data-progress]").hidden = true;
  return refused;
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  form.querySelector("[data-refused]").replaceChildren();
  button.disabled = true;
  const refused = await sendAll([...form.elements.files.files]);
  button.disabled = false;
  form.elements.files.value = "";
  if (!refused) location.assign(form.action);
});
