// Around the stage: a window for the pictures alone, and a small picture of the whole
// with a frame around what is in view, which is moved by a tap or a drag.
const REST = ".topbar, .foot, .viewer-side, #messages, .skip";

// Returns whether it fills the window; `changed` is called when that changes.
export function fullWindow(viewer, button, changed) {
  const full = () => viewer.classList.contains("is-full");
  const show = (on) => {
    viewer.classList.toggle("is-full", on);
    button.setAttribute("aria-pressed", on);
    document.documentElement.classList.toggle("has-full", on);
    for (const part of document.querySelectorAll(REST)) part.inert = on;
    changed();
  };
  const leave = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    show(false);
  };
  button.addEventListener("click", () => {
    if (full()) return leave();
    show(true);
    // Where the browser's own frame cannot go away, the page's does.
    document.documentElement.requestFullscreen?.().catch(() => {});
  });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && full()) show(false);
  });
  return { full, leave, show };
}

// Returns what draws the frame anew.
export function overview(box, view) {
  const go = ({ clientX, clientY }) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    view.lookAt((clientX - left) / width, (clientY - top) / height);
  };
  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    view.stage.classList.remove("is-gliding");
    go(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (box.hasPointerCapture(event.pointerId)) go(event);
  });
  return () => {
    box.hidden = !view.zoomed;
    const { width, height } = view.size();
    const [w, h] = [Math.min(1, view.w / width), Math.min(1, view.h / height)];
    const parts = { "--at": view.x - w / 2, "--down": view.y - h / 2, "--wide": w, "--high": h };
    for (const [name, part] of Object.entries(parts)) {
      box.style.setProperty(name, `${100 * part}%`);
    }
  };
}
