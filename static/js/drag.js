// Dragging pictures to another place of their grid: by mouse at once, by touch after the
// long press that selects. A line shows where they would hang; near the edge of the
// window the page goes along; Escape lets go without a change.
const SLACK = 6;
const LONG_PRESS = 450;
const EDGE = 80;
const SPEED = 18;

export class Drag {
  // acts: idle() says whether a drag may begin, some(tile) returns what moves with a
  // picture, let(tiles, goal) hangs them before the goal, or at the end.
  constructor(grid, acts) {
    Object.assign(this, { grid, acts, pressed: null, some: null, goal: null });
    this.hand = Object.assign(document.createElement("span"), { className: "drag-hand" });
    this.hand.setAttribute("aria-hidden", "true");
    grid.addEventListener("pointerdown", (event) => this.press(event));
    document.addEventListener("pointermove", (event) => this.move(event));
    document.addEventListener("pointerup", (event) => this.release(event));
    document.addEventListener("pointercancel", () => this.end());
    document.addEventListener("keydown", (event) => this.escape(event), true);
    grid.addEventListener("dragstart", (event) => event.preventDefault());
    const stay = (event) => this.some && event.cancelable && event.preventDefault();
    grid.addEventListener("touchmove", stay, { passive: false });
    addEventListener("click", (event) => this.swallow(event), true);
    // After a drag by touch there is no click: the next one is meant.
    addEventListener("pointerdown", () => (this.swallowing = false), true);
  }

  press(event) {
    const tile = event.target.closest?.("#grid > .tile");
    if (!tile || event.button || !this.acts.idle()) return;
    if (event.target.closest(".tile-pick")) return;
    const { clientX: x, clientY: y, pointerId, pointerType } = event;
    this.pressed = { tile, x, y, pointerId, touch: pointerType !== "mouse" };
    // A finger that rests takes up what it rests on; one that moves scrolls the page.
    if (this.pressed.touch) this.timer = setTimeout(() => this.take(event), LONG_PRESS + 20);
  }

  move(event) {
    if (event.pointerId !== this.pressed?.pointerId) return;
    const { x, y, touch } = this.pressed;
    const far = Math.hypot(event.clientX - x, event.clientY - y) > SLACK;
    if (!this.some && far && touch) return this.end();
    if (!this.some && far) this.take(event);
    if (!this.some) return;
    this.strayed ||= far;
    this.at = { x: event.clientX, y: event.clientY };
    this.show();
  }

  take(event) {
    const { tile, touch, pointerId } = this.pressed;
    this.some = this.acts.some(tile);
    this.at = { x: event.clientX, y: event.clientY };
    this.strayed = false;
    if (touch) tile.setPointerCapture?.(pointerId);
    for (const one of this.some) one.classList.add("is-carried");
    this.hand.textContent = this.some.length;
    document.body.append(this.hand);
    document.documentElement.classList.add("is-dragging");
    this.show();
    this.roll();
  }

  show() {
    this.hand.style.translate = `${this.at.x + 12}px ${this.at.y + 12}px`;
    this.mark(null);
    const under = document.elementFromPoint(this.at.x, this.at.y);
    const tile = under?.closest("#grid > .tile");
    this.goal = undefined;
    if (!tile || this.some.includes(tile)) return;
    const box = tile.getBoundingClientRect();
    const rtl = getComputedStyle(this.grid).direction === "rtl";
    const behind = this.at.x > box.left + box.width / 2 !== rtl;
    this.goal = behind ? this.after(tile) : tile;
    this.mark(tile, behind);
  }

  // The next that does not move itself; null at the end.
  after(tile) {
    let next = tile.nextElementSibling;
    while (next && (!next.matches(".tile") || this.some.includes(next))) {
      next = next.nextElementSibling;
    }
    return next;
  }

  mark(tile, behind) {
    this.marked?.classList.remove("is-before", "is-behind");
    this.marked = tile;
    tile?.classList.add(behind ? "is-behind" : "is-before");
  }

  // Near the upper or lower edge of the window the page goes along.
  roll() {
    if (!this.some) return;
    const top = document.querySelector(".topbar")?.offsetHeight ?? 0;
    const { y } = this.at;
    const below = y - (innerHeight - EDGE);
    const above = top + EDGE - y;
    const way = below > 0 ? below : above > 0 ? -above : 0;
    if (way && this.strayed) {
      scrollBy({ top: (SPEED * way) / EDGE, behavior: "instant" });
      this.show();
    }
    requestAnimationFrame(() => this.roll());
  }

  release(event) {
    if (event.pointerId !== this.pressed?.pointerId) return;
    const { some, goal, strayed } = this;
    this.end();
    if (!some) return;
    this.swallowing = strayed;
    if (strayed && goal !== undefined) this.acts.let(some, goal);
  }

  end() {
    clearTimeout(this.timer);
    this.mark(null);
    for (const one of this.some ?? []) one.classList.remove("is-carried");
    this.hand.remove();
    document.documentElement.classList.remove("is-dragging");
    Object.assign(this, { pressed: null, some: null });
  }

  escape(event) {
    if (event.key !== "Escape" || !this.some) return;
    event.stopPropagation();
    event.preventDefault();
    this.end();
    this.swallowing = true;
  }

  // The click that ends a drag opens nothing.
  swallow(event) {
    if (!this.swallowing) return;
    this.swallowing = false;
    event.preventDefault();
    event.stopPropagation();
  }
}
