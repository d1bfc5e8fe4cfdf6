// The headers of JPEG, PNG, BMP and WebP: sides as stored, orientation, frames, alpha
// ("no", "yes", or "perhaps" where only the pixels tell).
import { orientationOf, picturesIn } from "./exif.js";

const ALONE = (marker) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
const FRAME = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const [SCAN, END, APP1, APP2] = [0xda, 0xd9, 0xe1, 0xe2];
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const LONGEST_NOTE = 16 << 20;

const latin = (bytes) => new TextDecoder("latin1").decode(bytes);
const named = (bytes, name) => latin(bytes.subarray(0, name.length)) === name;

async function* segments(source) {
  for (let at = 2; ; ) {
    const head = await source.view(at, 2);
    const marker = head.getUint8(1);
    if (head.getUint8(0) !== 0xff || marker === 0xff) at += 1;
    else if (ALONE(marker)) at += 2;
    else {
      if (marker === SCAN || marker === END) return;
      const length = (await source.view(at + 2, 2)).getUint16(0);
      yield [marker, await source.take(at + 4, length - 2)];
      at += 2 + length;
    }
  }
}

export async function jpeg(source) {
  const found = { frames: 1 };
  let exif, xmp, several, special;
  for await (const [marker, data] of segments(source)) {
    if (FRAME(marker)) {
      [found.height, found.width] = [(data[1] << 8) | data[2], (data[3] << 8) | data[4]];
    } else if (marker === APP1) {
      if (named(data, "Exif\0\0")) exif ??= data.slice();
      else if (named(data, XMP)) xmp = data.slice();
      special ||= latin(data).includes(' hdrgm:Version="');
    } else if (marker === APP2 && named(data, "MPF\0")) several = data.slice(4);
  }
  // A picture with a map of its brightness is one picture.
  if (several && !special) found.frames = Math.max(1, picturesIn(several));
  return { ...found, orientation: orientationOf(exif, xmp) };
}

async function* chunks(source) {
  for (let at = 8; ; ) {
    const head = await source.view(at, 8);
    const length = head.getUint32(0);
    const name = latin(new Uint8Array(head.buffer, head.byteOffset + 4, 4));
    const wanted = name === "IDAT" || name === "fdAT" || length > LONGEST_NOTE ? 0 : length;
    yield [name, await source.take(at + 8, wanted)];
    if (name === "IEND") return;
    at += 12 + length;
  }
}

export async function png(source) {
  const found = { frames: 1, alpha: "no" };
  let exif, xmp, begun, animated, apart, kind, depth;
  for await (const [name, data] of chunks(source)) {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    if (name === "IHDR") {
      [found.width, found.height] = [view.getUint32(0), view.getUint32(4)];
      [depth, kind] = [data[8], data[9]];
      if (kind === 4 || kind === 6) found.alpha = "perhaps";
    } else if (name === "acTL") animated = view.getUint32(0);
    else if (name === "fcTL") apart ??= begun ?? false;
    else if (name === "IDAT") begun = true;
    // With 16 bits of grey the note is read, and nothing becomes transparent.
    else if (name === "tRNS" && !(kind === 0 && depth === 16)) found.alpha = "yes";
    else if (name === "eXIf") exif = data.slice();
    else if (name === "iTXt" && named(data, "XML:com.adobe.xmp\0")) xmp = data.slice();
  }
  if (animated) found.frames = animated + (apart ? 1 : 0);
  return { ...found, orientation: orientationOf(exif, xmp) };
}

export async function bmp(source) {
  const view = await source.view(14, 12);
  if (view.getUint32(0, true) <= 16) {
    const [width, height] = [view.getUint16(4, true), view.getUint16(6, true)];
    return { width, height };
  }
  const [width, height] = [view.getInt32(4, true), Math.abs(view.getInt32(8, true))];
  const rest = await source.view(14, 40);
  const masked = rest.getUint16(14, true) === 32 && rest.getUint32(16, true) === 3;
  if (!masked || rest.getUint32(0, true) < 56) return { width, height };
  const mask = (await source.view(14 + 52, 4)).getUint32(0, true);
  return { width, height, alpha: mask ? "perhaps" : "no" };
}

async function* pieces(source) {
  for (let at = 12; ; ) {
    const head = await source.take(at, 8);
    if (head.length < 8) return;
    const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    const name = latin(head.subarray(0, 4));
    const wanted = ["EXIF", "XMP "].includes(name) ? length : Math.min(length, 16);
    yield [name, await source.take(at + 8, Math.min(wanted, LONGEST_NOTE))];
    at += 8 + length + (length % 2);
  }
}

const three = (data, at) => data[at] | (data[at + 1] << 8) | (data[at + 2] << 16);

export async function webp(source) {
  const found = { alpha: "no" };
  let exif, xmp, frames = 0;
  for await (const [name, data] of pieces(source)) {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    if (name === "VP8X") {
      [found.width, found.height] = [three(data, 4) + 1, three(data, 7) + 1];
      if (data[0] & 0x10) found.alpha = "perhaps";
    } else if (name === "ANMF") frames += 1;
    else if (name === "EXIF") exif = data.slice();
    else if (name === "XMP ") xmp = data.slice();
    else if (name === "VP8 " && !found.width) {
      found.width = view.getUint16(6, true) & 0x3fff;
      found.height = view.getUint16(8, true) & 0x3fff;
    } else if (name === "VP8L" && !found.width) {
      const bits = view.getUint32(1, true);
      [found.width, found.height] = [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
      if ((bits >>> 28) & 1) found.alpha = "perhaps";
    }
  }
  return { ...found, frames: frames || 1, orientation: orientationOf(exif, xmp) };
}
