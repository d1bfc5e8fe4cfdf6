// Whether anything may be sent now: not while it is paused, not without a connection.
export class Gate extends EventTarget {
  constructor() {
    super();
    this.paused = false;
    for (const name of ["online", "offline"]) addEventListener(name, () => this.tell());
  }

  get isOpen() {
    return navigator.onLine && !this.paused;
  }

  pause(paused) {
    this.paused = paused;
    this.tell();
  }

  tell() {
    this.dispatchEvent(new Event(this.isOpen ? "open" : "close"));
  }

  // Resolves once it is open; rejects when the signal says that nobody waits any more.
  passable(signal) {
    signal.throwIfAborted();
    if (this.isOpen) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = new AbortController();
      const end = (how) => {
        done.abort();
        how();
      };
      this.addEventListener("open", () => end(resolve), done);
      signal.addEventListener("abort", () => end(() => reject(signal.reason)), done);
    });
  }
}
