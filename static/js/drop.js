// What was dropped, as files: folders are walked to their last entry.

const asFile = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

async function inFolder(folder) {
  const reader = folder.createReader();
  const entries = [];
  // A reader hands out about a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    entries.push(...some);
  }
  // What a system keeps in its folders for itself is not meant.
  const meant = entries.filter((entry) => !entry.name.startsWith("."));
  return (await Promise.all(meant.map(inEntry))).flat();
}

async function inEntry(entry) {
  if (!entry) return [];
  return entry.isDirectory ? inFolder(entry) : [await asFile(entry)];
}

export async function filesOf(transfer) {
  // The list is empty once this function waits, so all entries are taken first.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  if (entries.some((entry) => !entry)) return [...transfer.files];
  return (await Promise.all(entries.map(inEntry))).flat();
}
