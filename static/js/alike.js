// Pictures that look like one that was just stored, as links beside it.
let last = Promise.resolve();

// One after the other, so that what is still to be sent has the connections.
export function askAlike(place, words, address) {
  last = last.then(async () => tell(place, words, await alikeAt(address)));
}

// It only helps: where there is no answer, nothing is said.
async function alikeAt(address) {
  try {
    const answer = await fetch(address, { priority: "low" });
    return answer.ok && !answer.redirected ? (await answer.json()).alike : [];
  } catch {
    return [];
  }
}

function tell(place, words, images) {
  place.hidden = !images.length;
  const links = images.map(({ url, name }) => {
    return Object.assign(document.createElement("a"), { href: url, textContent: name });
  });
  place.replaceChildren(words, ...links.flatMap((link, at) => [at ? ", " : " ", link]));
}
