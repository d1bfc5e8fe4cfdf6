// The SHA-256 of files, from a worker of this page's own.

export class Hashing {
  constructor(address) {
    this.asked = new Map();
    this.number = 0;
    this.worker = new Worker(address, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.end(data.number, data.digest));
    // Without a worker nothing is known to be here, and everything is sent.
    this.worker.addEventListener("error", () => {
      this.broken = true;
      for (const number of this.asked.keys()) this.end(number, "");
    });
  }

  end(number, digest) {
    this.asked.get(number)?.(digest);
    this.asked.delete(number);
  }

  // The digest in hexadecimal; "" where the file cannot be read.
  digestOf(file) {
    if (this.broken) return Promise.resolve("");
    const number = this.number++;
    this.worker.postMessage({ number, file });
    return new Promise((resolve) => this.asked.set(number, resolve));
  }
}
