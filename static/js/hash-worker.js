// Hashes files beside the page, so that the page stays quick.
import { Sha256 } from "./sha256.js";

const STEP = 4 << 20;

async function digestOf(file) {
  if (crypto.subtle) {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const bytes = [...new Uint8Array(digest)];
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += STEP) {
    hash.update(new Uint8Array(await file.slice(at, at + STEP).arrayBuffer()));
  }
  return hash.hex();
}

async function answer({ number, file }) {
  try {
    postMessage({ number, digest: await digestOf(file) });
  } catch {
    // It was moved or changed since it was chosen.
    postMessage({ number, digest: "" });
  }
}

// One after the other: a thousand files at once do not fit into memory.
let last = Promise.resolve();
addEventListener("message", ({ data }) => {
  last = last.then(() => answer(data));
});
