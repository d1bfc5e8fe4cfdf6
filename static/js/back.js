// The way back leads to the page that one came from, of the library, say, with its
// filters and place, also after some pictures in between. Kept for this tab and this way
// alone. A link with data-gallery leads back to a gallery, too, and is then named so.
const GALLERY = /^\/galleries\/[0-9a-f-]{36}\/$/;

export function leadBack(link) {
  const named = link.dataset.gallery;
  try {
    const from = new URL(document.referrer || location.href);
    const library = new URL(link.href).pathname;
    const kept = `from ${library}`;
    const wall = from.pathname === library || (named && GALLERY.test(from.pathname));
    if (from.origin === location.origin && wall) sessionStorage.setItem(kept, from.href);
    link.href = sessionStorage.getItem(kept) ?? link.href;
  } catch {
    // Storage is closed to us: the link leads to the newest pictures.
  }
  if (!named || !GALLERY.test(new URL(link.href).pathname)) return;
  link.setAttribute("aria-label", named);
  link.querySelector(".viewer-word").textContent = named;
}
