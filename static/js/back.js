// The way back leads to the page of the library that one came from, with its filters
// and place, also after some pictures in between. Kept for this tab and this way alone.
export function leadBack(link) {
  try {
    const from = new URL(document.referrer || location.href);
    const library = new URL(link.href).pathname;
    const kept = `from ${library}`;
    if (from.origin === location.origin && from.pathname === library) {
      sessionStorage.setItem(kept, from.href);
    }
    link.href = sessionStorage.getItem(kept) ?? link.href;
  } catch {
    // Storage is closed to us: the link leads to the newest pictures.
  }
}
