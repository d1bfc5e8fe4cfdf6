// How a camera was held, from the notes in a picture.
const ORIENTATION = 0x0112;
const SHORT = 3;
const PICTURES_IN_FILE = 0xb001;
const SAID = /tiff:Orientation(?:="|>)([0-9])/;

const sensible = (value) => (value >= 1 && value <= 8 ? value : 1);

// The value of one tag of the first directory of TIFF notes; undefined without it.
function tagged(bytes, wanted) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = view.getUint16(0) === 0x4949;
  const at = view.getUint32(4, little);
  for (let left = view.getUint16(at, little), entry = at + 2; left; left--, entry += 12) {
    if (view.getUint16(entry, little) !== wanted) continue;
    const short = view.getUint16(entry + 2, little) === SHORT;
    return short ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
  }
  return undefined;
}

// Broken notes do not spoil a good picture.
function tagOf(bytes, wanted) {
  try {
    return tagged(bytes, wanted);
  } catch {
    return undefined;
  }
}

const isNamed = (bytes) => bytes[0] === 0x45 && bytes[1] === 0x78 && bytes[4] === 0;

// `exif` with or without its name before it, `xmp` as bytes; each may be missing.
export function orientationOf(exif, xmp) {
  const notes = exif && (isNamed(exif) ? exif.subarray(6) : exif);
  const noted = notes && tagOf(notes, ORIENTATION);
  if (noted !== undefined) return sensible(noted);
  const said = xmp && SAID.exec(new TextDecoder("latin1").decode(xmp));
  return said ? sensible(Number(said[1])) : 1;
}

// How many pictures a file of several says it holds.
export const picturesIn = (bytes) => tagOf(bytes, PICTURES_IN_FILE) ?? 1;
