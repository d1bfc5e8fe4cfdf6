// Short messages at the foot of the window, read out politely.
const LIFE = 8000;

// toast("Moved to the trash", { label: "Undo", action: () => … })
export function toast(text, { label, action } = {}) {
  const template = document.getElementById("toast-template");
  const region = document.getElementById("toasts");
  const node = template.content.firstElementChild.cloneNode(true);
  node.querySelector("[data-text]").textContent = text;
  const button = node.querySelector("[data-action]");
  if (label) {
    button.textContent = label;
    button.addEventListener("click", () => {
      node.remove();
      action();
    });
  } else {
    button.remove();
  }
  region.append(node);
  expire(node);
}

// It stays while someone points at it or stands on its button.
function expire(node) {
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => node.remove(), LIFE);
  };
  const hold = () => clearTimeout(timer);
  node.addEventListener("pointerenter", hold);
  node.addEventListener("focusin", hold);
  node.addEventListener("pointerleave", start);
  node.addEventListener("focusout", start);
  start();
}
