// One file on its way: a row that shows its state, and the request that carries it.

const AGAIN_AFTER = [100, 1000, 3000, 5000];
const CHIPS = {
  stored: "chip chip-ok",
  refused: "chip chip-blocked",
  failed: "chip chip-warn",
};

export class Row {
  // `form` holds the words as data- attributes; `changed` is called on each new state.
  constructor(file, form, changed) {
    this.file = file;
    this.form = form;
    this.words = form.dataset;
    this.changed = changed;
    this.tries = 0;
    const template = document.getElementById("upload-row").content;
    this.element = template.firstElementChild.cloneNode(true);
    this.find(".work-name").textContent = file.name;
    this.find(".work-facts").textContent = sizeOf(file.size);
    this.find("progress").setAttribute("aria-label", file.name);
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.dataset.label} ${file.name}`);
    }
    this.find("[data-retry]").addEventListener("click", () => this.again());
    const tooLarge = file.size > Number(this.words.maxBytes);
    const reason = fill(this.words.tooLarge, { size: sizeOf(file.size) });
    this.show(tooLarge ? "refused" : "waiting", tooLarge ? reason : "");
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  show(state, reason = "") {
    this.state = state;
    const word = this.find("[data-word]");
    word.textContent = this.words[state];
    word.className = CHIPS[state] ?? "";
    this.find("progress").hidden = state !== "uploading";
    this.find("[data-retry]").hidden = state !== "failed";
    this.find(".work-reason").textContent = reason;
    this.find(".work-reason").hidden = !reason;
  }

  become(state, reason) {
    this.show(state, reason);
    this.changed();
  }

  again() {
    this.tries = 0;
    const held = this.element.contains(document.activeElement);
    this.become("waiting");
    if (held) this.find("[data-remove]").focus();
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  send() {
    this.show("uploading");
    const request = (this.request = new XMLHttpRequest());
    request.open("POST", this.words.file);
    request.setRequestHeader("X-CSRFToken", tokenOf(this.form));
    request.upload.addEventListener("progress", (event) =>
      this.advance(event.loaded / event.total),
    );
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.lost(this.words.lost));
    const body = new FormData();
    body.append("file", this.file, this.file.name);
    request.send(body);
  }

  advance(share) {
    this.find("progress").value = share;
    const { uploading, checking } = this.words;
    const percent = `${uploading} ${Math.floor(share * 100)} %`;
    this.find("[data-word]").textContent = share < 1 ? percent : checking;
  }

  answered(request) {
    const { status } = request;
    const answer = read(request.responseText);
    const trouble = fill(this.words.trouble, { status });
    if (status === 201) this.stored(answer);
    else if (new URL(request.responseURL).pathname !== this.words.file) this.signedOut();
    else if (status >= 500 || status === 429) this.lost(trouble);
    else if (answer.message) this.become("refused", answer.message);
    else if (status === 403) this.signedOut();
    else this.become("failed", trouble);
  }

  stored(image) {
    const thumbnail = Object.assign(new Image(), { src: image.thumbnail, alt: "" });
    this.find(".work-thumb").replaceChildren(thumbnail);
    const pixels = `${image.width} × ${image.height}`;
    this.find(".work-facts").textContent = `${sizeOf(image.size)} · ${pixels}`;
    const link = document.createElement("a");
    Object.assign(link, { href: image.url, textContent: image.name });
    link.className = "work-name";
    this.find(".work-name").replaceWith(link);
    const named = { type: "hidden", name: "image", value: image.id };
    this.element.append(Object.assign(document.createElement("input"), named));
    this.become("stored");
  }

  signedOut() {
    this.become("failed", `${this.words.signedOut} `);
    const link = document.createElement("a");
    Object.assign(link, { href: this.words.login, textContent: this.words.signIn });
    link.target = "_blank";
    this.find(".work-reason").append(link);
  }

  lost(reason) {
    if (!navigator.onLine) return this.become("waiting");
    const wait = AGAIN_AFTER[this.tries++];
    if (wait === undefined) return this.become("failed", reason);
    this.timer = setTimeout(() => this.send(), wait);
  }
}

// A row that the server has written: its picture is here already.
export class StoredRow {
  constructor(element) {
    this.element = element;
    this.state = "stored";
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  stop() {}
}

// Signing in again in another tab changes the token: the cookie has the present one.
export function tokenOf(form) {
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
}

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

// As the server writes sizes: in steps of 1024.
function sizeOf(bytes) {
  const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  return `${(bytes / 1024 ** power).toFixed(power && 1)} ${["bytes", "KB", "MB"][power]}`;
}
