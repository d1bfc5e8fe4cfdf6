// How one file gets to the server: at once, or in parts where it is large.
import { ask } from "./request.js";

function formOf(values) {
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) body.append(name, value);
  return body;
}

// Sent again because its answer was lost, the key keeps it from being stored twice.
function whole(row, to) {
  const body = formOf({ key: row.key });
  body.append("file", row.file, row.file.name);
  const progress = (share) => row.advance(share * row.file.size);
  return to.ask({ method: "POST", address: to.words.file, body, progress });
}

async function missing(row, to, { part_size: size, parts }) {
  const here = new Set(parts);
  let sent = 0;
  for (let number = 0; number * size < row.file.size; number++) {
    const part = row.file.slice(number * size, (number + 1) * size);
    if (!here.has(number)) {
      const progress = (share) => row.advance(sent + share * part.size);
      const address = `${to.words.parts}${row.upload}/${number}/`;
      const answer = await to.ask({ method: "PUT", address, body: part, progress });
      if (answer.status !== 204) return answer;
    }
    sent += part.size;
    row.advance(sent);
  }
  return to.ask({ method: "POST", address: `${to.words.parts}${row.upload}/complete/` });
}

async function inParts(row, to) {
  const { name, size } = row.file;
  const body = formOf({ name, size, digest: row.digest });
  const begun = await to.ask({ method: "POST", address: to.words.parts, body });
  if (begun.status !== 201 || begun.astray) return begun;
  row.upload = begun.said.id;
  return missing(row, to, begun.said);
}

// What is over on the server (404) or lacks a part (409) is begun once more.
export async function send(row, form, gate) {
  const words = form.dataset;
  const to = { words, ask: (what) => ask({ ...what, form }, gate, row.stop.signal) };
  if (row.file.size <= Number(words.inPartsAbove) || !row.digest) return whole(row, to);
  const answer = await inParts(row, to);
  return [404, 409].includes(answer.status) && !answer.astray ? inParts(row, to) : answer;
}

// Tells the server to forget the parts; if this is lost, they go after a while anyway.
export function forget(row, form, gate) {
  if (!row.upload) return;
  const address = `${form.dataset.parts}${row.upload}/`;
  ask({ method: "DELETE", address, form }, gate);
  row.upload = undefined;
}
