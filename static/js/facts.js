// What a picture file says about itself, read from its header before it is sent: the
// same facts as the server finds. What is not understood is left out, never guessed.
import { heic } from "./heic.js";
import { bmp, jpeg, png, webp } from "./headers.js";

const HEAD = 64;
const WINDOW = 1 << 16;
const BAND = 512;
const BMP_HEADERS = [12, 16, 40, 52, 56, 64, 108, 124];
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];
const READERS = { jpeg, png, bmp, webp, heic };

// Bytes of a file, fetched a window at a time.
class Source {
  constructor(file) {
    this.file = file;
    this.start = 0;
    this.bytes = new Uint8Array();
  }

  // The bytes from `at` on, fewer than `count` only at the end of the file.
  async take(at, count) {
    if (at < this.start || at + count > this.start + this.bytes.length) {
      const part = this.file.slice(at, at + Math.max(count, WINDOW));
      [this.start, this.bytes] = [at, new Uint8Array(await part.arrayBuffer())];
    }
    return this.bytes.subarray(at - this.start, at - this.start + count);
  }

  async view(at, count) {
    const bytes = await this.take(at, count);
    if (bytes.length < count) throw new RangeError("The file ends too early.");
    return new DataView(bytes.buffer, bytes.byteOffset, count);
  }
}

const text = (bytes) => String.fromCharCode(...bytes);

function brands(head) {
  const end = Math.min(head.length, new DataView(head.buffer, head.byteOffset).getUint32(0));
  const found = [text(head.subarray(8, 12))];
  for (let at = 16; at < end; at += 4) found.push(text(head.subarray(at, at + 4)));
  return found;
}

function formatOf(head) {
  const start = text(head.subarray(0, 18));
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "webp";
  if (start.startsWith("BM") && start.slice(15, 18) === "\0\0\0") {
    return BMP_HEADERS.includes(head[14]) ? "bmp" : "";
  }
  const isMedia = start.slice(4, 8) === "ftyp";
  return isMedia && brands(head).some((one) => HEIC_BRANDS.includes(one)) ? "heic" : "";
}

// Only the pixels tell whether a channel of opacity is used. Raises where the browser
// cannot decode them.
async function seesThrough(file) {
  const picture = await createImageBitmap(file);
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, Math.min(BAND, height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(picture, 0, -top);
    const { data } = context.getImageData(0, 0, width, rows);
    for (let at = 3; at < data.length; at += 4) if (data[at] < 255) return true;
  }
  return false;
}

async function read(file, format, most) {
  const facts = { width: 0, height: 0, orientation: 1, frames: 1, alpha: "no" };
  Object.assign(facts, await READERS[format](new Source(file)));
  const fits = facts.width * facts.height <= most;
  const unsure = facts.alpha === "perhaps" && fits;
  const alpha = unsure ? await seesThrough(file).catch(() => true) : facts.alpha !== "no";
  return { ...facts, has_alpha: alpha };
}

// `width` and `height` are as stored, 0 where the header does not tell; `head` is the
// beginning of the file in hexadecimal. Pixels are looked at up to `most` of them.
export async function factsOf(file, most = 62e6) {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const hex = [...head].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const facts = { name: file.name, size: file.size, head: hex, format: formatOf(head) };
  const known = facts.format && (await read(file, facts.format, most).catch(() => null));
  const { width = 0, height = 0, orientation = 1, frames = 1, has_alpha = false } = known || {};
  const turned = orientation >= 5;
  return { ...facts, width, height, orientation, turned, frames, has_alpha };
}
