// The header of HEIC, a file of boxes: the sides of the main picture, turned as a
// decoder turns it, so that no orientation is left to apply.
const LONGEST = 8 << 20;
const PICTURES = ["hvc1", "grid", "iden", "iovl"];

const nameAt = (view, at) =>
  String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));

function* boxes(view, at, end) {
  while (at + 8 <= end) {
    const size = view.getUint32(at) || end - at;
    if (size < 8) return;
    yield { name: nameAt(view, at + 4), at: at + 8, end: Math.min(at + size, end) };
    at += size;
  }
}

async function meta(source) {
  for (let at = 0; ; ) {
    const view = await source.view(at, 16);
    const short = view.getUint32(0);
    const size = short === 1 ? Number(view.getBigUint64(8)) : short;
    if (nameAt(view, 4) === "meta") {
      const whole = await source.take(at, Math.min(size, LONGEST));
      return new DataView(whole.slice().buffer);
    }
    if (size < 8) throw new RangeError("No header was found.");
    at += size;
  }
}

// Which numbered item has which numbered properties.
function associations(view, { at, end }) {
  const [version, flags] = [view.getUint8(at), view.getUint8(at + 3)];
  const found = new Map();
  at += 8;
  while (at < end) {
    const item = version ? view.getUint32(at) : view.getUint16(at);
    at += version ? 4 : 2;
    const properties = [];
    for (let left = view.getUint8(at++); left; left--) {
      const wide = flags & 1;
      properties.push(wide ? view.getUint16(at) & 0x7fff : view.getUint8(at) & 0x7f);
      at += wide ? 2 : 1;
    }
    found.set(item, properties);
  }
  return found;
}

// Pictures that stand for themselves: shown, and no part or companion of another.
function countPictures(view, inside) {
  const shown = new Set();
  const list = inside.get("iinf");
  const start = list.at + (view.getUint8(list.at) ? 8 : 6);
  for (const entry of boxes(view, start, list.end)) {
    const [version, hidden] = [view.getUint8(entry.at), view.getUint8(entry.at + 3) & 1];
    const wide = version > 2;
    const item = wide ? view.getUint32(entry.at + 4) : view.getUint16(entry.at + 4);
    const kind = nameAt(view, entry.at + (wide ? 10 : 8));
    if (PICTURES.includes(kind) && !hidden) shown.add(item);
  }
  const links = inside.get("iref");
  const wide = links && view.getUint8(links.at);
  for (const link of links ? boxes(view, links.at + 4, links.end) : []) {
    const read = (at) => (wide ? view.getUint32(at) : view.getUint16(at));
    const step = wide ? 4 : 2;
    if (["thmb", "auxl"].includes(link.name)) shown.delete(read(link.at));
    for (let left = view.getUint16(link.at + step), at = link.at + step + 2; left; left--) {
      if (link.name === "dimg") shown.delete(read(at));
      at += step;
    }
  }
  return Math.max(1, shown.size);
}

const isAlpha = (view, { at, end }) =>
  /auxid:1\0|auxiliary:alpha/.test(
    new TextDecoder("latin1").decode(new Uint8Array(view.buffer, at, end - at)),
  );

const ratio = (view, at) => Math.floor(view.getUint32(at) / view.getUint32(at + 4));

export async function heic(source) {
  const view = await meta(source);
  const inside = new Map([...boxes(view, 12, view.byteLength)].map((box) => [box.name, box]));
  const about = inside.get("pitm");
  const main = view.getUint8(about.at) ? view.getUint32(about.at + 4) : view.getUint16(about.at + 4);
  const iprp = inside.get("iprp");
  const parts = [...boxes(view, iprp.at, iprp.end)];
  const container = parts.find((box) => box.name === "ipco");
  const properties = [...boxes(view, container.at, container.end)];
  const owned = parts
    .filter((box) => box.name === "ipma")
    .flatMap((box) => associations(view, box).get(main) ?? []);
  const mine = owned.map((number) => properties[number - 1]).filter(Boolean);
  const size = mine.find((box) => box.name === "ispe");
  let [width, height] = [view.getUint32(size.at + 4), view.getUint32(size.at + 8)];
  // Odd sides are stored as even ones, and cut.
  const cut = mine.find((box) => box.name === "clap");
  if (cut) [width, height] = [0, 8].map((at) => ratio(view, cut.at + at));
  const turned = mine.some((box) => box.name === "irot" && view.getUint8(box.at) & 1);
  if (turned) [width, height] = [height, width];
  const alpha = properties.some((box) => box.name === "auxC" && isAlpha(view, box));
  return { width, height, frames: countPictures(view, inside), alpha: alpha ? "yes" : "no" };
}
