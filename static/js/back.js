// The way back leads to the page that one came from, of the library, say, with its
// filters and place, also after some pictures in between. Kept for this tab and this way
// alone.
export function leadBack(link) {
  try {
    const from = new URL(document.referrer || location.href);
    const wall = new URL(link.href).pathname;
    const kept = `from ${wall}`;
    if (from.origin === location.origin && from.pathname === wall)
      sessionStorage.setItem(kept, from.href);
    link.href = sessionStorage.getItem(kept) ?? link.href;
  } catch {
    // Storage is closed to us: the link leads to the newest pictures.
  }
}
