// Says to screen readers what the picture shows, once the hand rests.
const PAUSE = 400;
let timer;

export function say(text) {
  clearTimeout(timer);
  timer = setTimeout(() => (document.getElementById("said").textContent = text), PAUSE);
}
