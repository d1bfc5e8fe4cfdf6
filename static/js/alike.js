// Pictures that look like one that was just stored, as links beside it.
export function tellAlike(place, words, images) {
  place.hidden = !images.length;
  const links = images.map(({ url, name }) => {
    return Object.assign(document.createElement("a"), { href: url, textContent: name });
  });
  place.replaceChildren(words, ...links.flatMap((link, at) => [at ? ", " : " ", link]));
}
