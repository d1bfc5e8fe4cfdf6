// Where one looks: how large, and which point of the picture lies in the middle. The
// same for every plate of a stage, so that two pictures can only move together.
// A zoom of 1 is one pixel of the picture on one pixel of the screen.
const MOST = 8;
const CRISP = 3;
const STEPS = [0.05, 0.1, 0.25, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 4, 6, MOST];

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class View {
  // `changed` is called with each picture of the view that has been drawn.
  constructor(stage, changed) {
    this.stage = stage;
    this.changed = changed;
    stage.classList.add("is-live");
    this.take();
    new ResizeObserver(() => this.measure()).observe(stage);
    addEventListener("resize", () => this.measure());
  }

  // Shows what hangs on the stage now, all of it.
  take() {
    const { stage } = this;
    this.plates = [...stage.querySelectorAll(".plate")];
    const { width, height } = this.plates.at(-1).dataset;
    this.width = Number(width);
    this.height = Number(height);
    this.zoom = null;
    this.x = 0.5;
    this.y = 0.5;
    stage.style.setProperty("--w", `${this.width}px`);
    stage.style.setProperty("--h", `${this.height}px`);
    for (const plate of this.plates) plate.classList.toggle("is-alike", this.alike(plate));
    this.measure();
  }

  // Two sizes of one picture differ by a rounded pixel: they are laid exactly on each
  // other. Whatever has another shape is fitted in, never distorted.
  alike({ dataset }) {
    const [width, height] = [Number(dataset.width), Number(dataset.height)];
    const grain = Math.max(1, this.width / width, this.height / height);
    return Math.abs((height * this.width) / width - this.height) <= grain;
  }

  measure() {
    this.stack();
    const boxes = this.plates.map((plate) => plate.getBoundingClientRect());
    const box = boxes.find(({ width }) => width) ?? boxes[0];
    this.ratio = devicePixelRatio || 1;
    this.w = Math.max(box.width, 1);
    this.h = Math.max(box.height, 1);
    this.offsets = boxes.map(({ left, top }) => [left, top]);
    this.draw();
  }

  // Side by side, unless one below the other both are much larger.
  stack() {
    const { clientWidth: w, clientHeight: h } = this.stage;
    const beside = Math.min(w / 2 / this.width, h / this.height);
    const below = Math.min(w / this.width, h / 2 / this.height);
    this.stage.classList.toggle("is-stacked", below > beside * 1.25);
  }

  get fit() {
    const fit = Math.min(this.w / this.width, this.h / this.height) * this.ratio;
    return Math.min(fit, MOST);
  }

  get now() {
    return this.zoom ?? this.fit;
  }

  // Whether a part of the picture lies outside.
  get zoomed() {
    const { width, height } = this.size();
    return width > this.w + 1 || height > this.h + 1;
  }

  size() {
    const scale = this.now / this.ratio;
    return { scale, width: this.width * scale, height: this.height * scale };
  }

  // Where the picture's upper left corner lies on its plate.
  corner() {
    const { width, height } = this.size();
    return [this.w / 2 - this.x * width, this.h / 2 - this.y * height];
  }

  zoomTo(zoom, at = this.middle()) {
    const old = this.size();
    const corner = this.corner();
    const least = Math.min(this.fit, 1);
    zoom = clamp(zoom, least, MOST);
    this.zoom = Math.abs(zoom / this.fit - 1) < 0.005 ? null : zoom;
    const { scale, width, height } = this.size();
    const left = at[0] - ((at[0] - corner[0]) * scale) / old.scale;
    const top = at[1] - ((at[1] - corner[1]) * scale) / old.scale;
    this.lookAt((this.w / 2 - left) / width, (this.h / 2 - top) / height);
  }

  fitIn() {
    this.zoom = null;
    this.lookAt(0.5, 0.5);
  }

  // The next step up or down; what fits is a step too.
  step(direction, at) {
    const steps = [...STEPS, this.fit].sort((one, two) => one - two);
    const beyond = (step) => direction * (step / this.now - 1) > 0.005;
    const next = direction > 0 ? steps.find(beyond) : steps.findLast(beyond);
    if (next) this.zoomTo(next, at);
  }

  panBy(dx, dy) {
    const { width, height } = this.size();
    this.lookAt(this.x - dx / width, this.y - dy / height);
  }

  // No edge of the picture comes further in than the edge of its plate.
  lookAt(x, y) {
    const { width, height } = this.size();
    const keep = (value, half) => (half < 0.5 ? clamp(value, half, 1 - half) : 0.5);
    this.x = keep(x, this.w / 2 / width);
    this.y = keep(y, this.h / 2 / height);
    this.plan();
  }

  middle() {
    return [this.w / 2, this.h / 2];
  }

  // A point of the window, as seen from the plate that it lies on.
  place({ clientX, clientY }) {
    const boxes = this.plates.map((plate) => plate.getBoundingClientRect());
    const on = boxes.find((box) => clientX <= box.right && clientY <= box.bottom);
    const { left, top } = on ?? boxes[0];
    return [clientX - left, clientY - top];
  }

  plan() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    const { scale, width, height } = this.size();
    const [left, top] = this.corner();
    const set = (name, value) => this.stage.style.setProperty(name, value);
    set("--scale", scale);
    set("--left", `${Math.max(left, 0)}px`);
    set("--right", `${Math.min(left + width, this.w)}px`);
    set("--top", `${Math.max(top, 0)}px`);
    set("--bottom", `${Math.min(top + height, this.h)}px`);
    this.plates.forEach((plate, number) => this.put(plate, left, top, this.offsets[number]));
    this.stage.classList.toggle("is-zoomed", this.zoomed);
    this.stage.classList.toggle("is-pixels", this.now >= CRISP);
    this.changed();
  }

  // On whole pixels of the screen: at 100 % nothing is interpolated.
  put(plate, left, top, [plateLeft, plateTop]) {
    const snap = (value, from) => Math.round((value + from) * this.ratio) / this.ratio - from;
    plate.style.setProperty("--x", `${snap(left, plateLeft)}px`);
    plate.style.setProperty("--y", `${snap(top, plateTop)}px`);
  }
}
