// Hands on the stage: a click or drag moves the slider; once zoomed, drags pan, and the
// slider is moved by its line or a click. Wheel and pinch zoom, a double click too.
// Shift and press, or a long press, shows the original as long as it lasts. Where there
// is one picture alone, `swipe` may be told of drags across.
const SLOP = 6;
const NEAR_LINE = 24;
const LONG = 450;
const DOUBLE = 350;
const SETTLED = 250;

export class Gestures {
  constructor(view, comparison, swipe = null) {
    Object.assign(this, { view, comparison, swipe, stage: view.stage });
    this.pointers = new Map();
    this.kind = "";
    this.tapped = null;
    this.scrolled = -SETTLED;
    const { stage } = this;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.up(event, true));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    // Two fingers are ours; one may scroll the page while nothing is zoomed.
    stage.addEventListener(
      "touchmove",
      (event) => event.touches.length > 1 && event.preventDefault(),
      { passive: false },
    );
    stage.addEventListener("contextmenu", (event) => this.kind && event.preventDefault());
    stage.addEventListener("transitionend", () => stage.classList.remove("is-gliding"));
  }

  down(event) {
    if (event.button !== 0 || event.target.closest("button, .navigator")) return;
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.view.stage.classList.remove("is-gliding");
    if (this.pointers.size > 1) return this.pinch();
    this.first = event;
    this.strayed = false;
    this.kind = this.kindOf(event);
    if (this.kind === "split") this.comparison.cutAt(event);
    if (this.kind === "hold") this.comparison.hold(true);
    if (this.kind === "open") this.timer = setTimeout(() => this.press(), LONG);
  }

  // "open": not yet known; a click, a drag or a long press.
  kindOf(event) {
    const { comparison, view } = this;
    if (event.shiftKey && comparison.pair) return "hold";
    if (comparison.mode !== "slider") return "open";
    const reach = event.pointerType === "mouse" ? NEAR_LINE / 2 : NEAR_LINE;
    if (Math.abs(comparison.distance(event)) <= reach) return "split";
    return event.pointerType === "mouse" && !view.zoomed ? "split" : "open";
  }

  press() {
    if (!this.comparison.pair || this.comparison.mode === "side") return;
    this.kind = "hold";
    this.comparison.hold(true);
  }

  pinch() {
    if (this.kind === "swipe") this.swipe.end(0, 1);
    this.release();
    this.kind = "pinch";
    this.strayed = true;
  }

  move(event) {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    const before = this.spread();
    this.pointers.set(event.pointerId, event);
    if (this.kind === "pinch") return this.stretch(before);
    const { clientX, clientY } = this.first;
    const far = Math.hypot(event.clientX - clientX, event.clientY - clientY) > SLOP;
    if (far) this.strayed = true;
    if (this.kind === "open" && far) this.decide();
    if (this.kind === "split" && this.strayed) this.comparison.cutAt(event);
    if (this.kind === "pan") this.view.panBy(dx, dy);
    if (this.kind === "swipe") this.swipe.drag(event.clientX - clientX);
  }

  decide() {
    clearTimeout(this.timer);
    if (this.view.zoomed) this.kind = "pan";
    else if (this.comparison.mode === "slider") this.kind = "split";
    else this.kind = this.swipe ? "swipe" : "none";
    this.stage.classList.toggle("is-panning", this.kind === "pan");
  }

  // The middle between two fingers, and how far they are apart.
  spread() {
    const [one, two] = [...this.pointers.values()].slice(0, 2);
    if (!two) return null;
    return {
      clientX: (one.clientX + two.clientX) / 2,
      clientY: (one.clientY + two.clientY) / 2,
      apart: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) || 1,
    };
  }

  stretch(before) {
    const after = this.spread();
    if (!before || !after) return;
    const { view } = this;
    view.zoomTo((view.now * after.apart) / before.apart, view.place(before));
    view.panBy(after.clientX - before.clientX, after.clientY - before.clientY);
  }

  up(event, cancelled = false) {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size) return;
    const clicked = !this.strayed && !cancelled && this.kind !== "hold";
    if (this.kind === "swipe") {
      const way = cancelled ? 0 : event.clientX - this.first.clientX;
      this.swipe.end(way, Math.max(event.timeStamp - this.first.timeStamp, 1));
    }
    this.release();
    if (clicked) this.click(event);
  }

  release() {
    clearTimeout(this.timer);
    if (this.kind === "hold") this.comparison.hold(false);
    this.kind = "";
    this.stage.classList.remove("is-panning");
  }

  click(event) {
    const last = this.tapped;
    this.tapped = event;
    const again =
      last &&
      event.timeStamp - last.timeStamp < DOUBLE &&
      Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 30;
    if (!again) return this.comparison.tap(event);
    this.tapped = null;
    this.toggle(this.view.place(event));
  }

  // Fit and 100 %; where these are about the same, twice as large.
  toggle(at) {
    const { view } = this;
    view.stage.classList.add("is-gliding");
    if (view.zoom !== null) view.fitIn();
    else view.zoomTo(view.fit < 0.9 ? 1 : view.fit * 2, at);
  }

  wheel(event) {
    const { view } = this;
    if (this.leaves(event)) {
      this.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    view.stage.classList.remove("is-gliding");
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (!event.ctrlKey && (event.shiftKey || Math.abs(dx) > Math.abs(dy))) {
      return view.panBy(-(dx || dy), dx ? -dy : 0);
    }
    // A trackpad's pinch comes with Ctrl and in small steps.
    const power = event.ctrlKey && Math.abs(dy) < 30 ? 0.01 : 0.002;
    view.zoomTo(view.now * Math.exp(-dy * power), view.place(event));
  }

  // With the whole picture in view, the wheel scrolls on down the page and back up.
  leaves(event) {
    if (event.ctrlKey || this.view.zoom !== null) return false;
    if (event.timeStamp - this.scrolled < SETTLED) return true;
    return event.deltaY > 0 || scrollY > 0 || Math.abs(event.deltaX) > Math.abs(event.deltaY);
  }
}
