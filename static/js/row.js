// One file as people see it: name, facts, what each provider says, state and actions.
import { askAlike } from "./alike.js";

const CHIPS = {
  stored: "chip chip-ok",
  duplicate: "chip chip-warn",
  refused: "chip chip-blocked",
  failed: "chip chip-bad",
};
const LEFT = ["waiting", "hashing", "ready", "sending"];

export class Row {
  // `words` are the texts; `moved(row, from)` is told of each new state, `sent(bytes)`
  // of each advance.
  constructor(file, words, listener, element = blank()) {
    this.file = file;
    this.words = words;
    this.listener = listener;
    this.element = element;
    this.sent = 0;
    this.state = "waiting";
    this.begin();
    this.dress();
  }

  dress() {
    const { file } = this;
    this.sign = this.find(".work-thumb").firstElementChild;
    this.find(".work-name").textContent = file.name;
    this.find(".work-facts").textContent = sizeOf(file.size);
    this.find("progress").setAttribute("aria-label", file.name);
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.dataset.label} ${file.name}`);
    }
    this.paint();
  }

  // A new attempt: its own key and its own way to be stopped.
  begin() {
    this.key = keyOf();
    this.stop = new AbortController();
  }

  get isLeft() {
    return LEFT.includes(this.state);
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  become(state, reason = "") {
    const from = this.state;
    this.state = state;
    if (state !== "sending") this.advance(state === "stored" ? this.file.size : 0);
    this.reason = reason;
    this.paint();
    this.listener.moved(this, from);
  }

  // What a closed gate means for this row is said by the word it shows.
  paint(held = "") {
    const word = this.find("[data-word]");
    const waits = this.state === "ready" ? "waiting" : this.state;
    word.textContent = this.words[(this.isLeft && held) || waits];
    word.className = CHIPS[this.state] ?? "";
    this.find("progress").hidden = this.state !== "sending";
    this.find("[data-retry]").hidden = this.state !== "failed";
    this.find("[data-anyway]").hidden = this.state !== "duplicate";
    this.tell(this.reason, false);
    if (this.state === "sending" && !held) this.advance(this.sent);
  }

  tell(reason = "", mild = true) {
    const place = this.find(".work-reason");
    place.textContent = reason;
    place.hidden = !reason;
    place.classList.toggle("is-warn", mild || this.state === "duplicate");
  }

  advance(bytes) {
    const size = this.file.size;
    this.listener.sent(Math.min(bytes, size) - this.sent);
    this.sent = Math.min(bytes, size);
    const share = size ? this.sent / size : 1;
    this.find("progress").value = share;
    if (this.state !== "sending") return;
    const percent = `${this.words.sending} ${Math.floor(share * 100)} %`;
    this.find("[data-word]").textContent = share < 1 ? percent : this.words.checking;
  }

  // The picture itself, until the server has a smaller one.
  preview() {
    this.address = URL.createObjectURL(this.file);
    this.picture(this.address, () => this.release());
  }

  release() {
    URL.revokeObjectURL(this.address);
    this.address = undefined;
  }

  picture(src, done) {
    const image = Object.assign(new Image(), { alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("load", () => done?.());
    image.addEventListener("error", () => {
      done?.();
      // No browser but one shows a phone's HEIC.
      if (image.isConnected) image.replaceWith(this.sign);
    });
    image.src = src;
    this.find(".work-thumb").replaceChildren(image);
  }

  describe({ width, height, turned }) {
    if (!width || !height) return;
    const pixels = turned ? `${height} × ${width}` : `${width} × ${height}`;
    this.find(".work-facts").textContent = `${sizeOf(this.file.size)} · ${pixels}`;
  }

  // What the server says of the file as it is, before or after it was sent.
  judge(verdict) {
    this.verdict = verdict;
    const place = this.find(".chips");
    place.replaceChildren(...(verdict.chips ?? []).map(chip));
    place.hidden = !place.childElementCount;
    if (this.state !== "refused" && this.state !== "failed" && this.state !== "duplicate") {
      this.tell(verdict.state === "blocked" ? verdict.reason : "");
    }
  }

  // A picture of the library stands for this file: the one made of it, or an older one.
  stands(image, state) {
    this.image = image;
    this.release();
    this.picture(image.thumbnail);
    this.describe(image);
    const link = document.createElement("a");
    Object.assign(link, { href: image.url, textContent: this.file.name, className: "work-name" });
    this.find(".work-name").replaceWith(link);
    const named = { type: "hidden", name: "image", value: image.id };
    this.element.append(Object.assign(document.createElement("input"), named));
    this.become(state, state === "duplicate" ? fill(this.words.here, image) : "");
    if (image.alike) askAlike(this.find(".work-alike"), this.words.alike, image.alike);
    if (state === "stored") this.judge(this.verdict ?? {});
  }

  // Send it although a picture of the same bytes is here.
  insist() {
    this.anyway = true;
    this.find("input[name=image]").remove();
    this.begin();
  }
}

const blank = () =>
  document.getElementById("upload-row").content.firstElementChild.cloneNode(true);

function chip({ state, text }) {
  const icon = document.getElementById(`chip-${state}`).content.cloneNode(true);
  const made = Object.assign(document.createElement("span"), { className: `chip chip-${state}` });
  made.append(icon, text);
  return made;
}

// Browsers make such names themselves only where the connection is safe.
function keyOf() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// As the server writes sizes: in steps of 1024.
export function sizeOf(bytes) {
  const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3;
  const unit = ["bytes", "KB", "MB", "GB"][power];
  return `${(bytes / 1024 ** power).toFixed(power && 1)} ${unit}`;
}
