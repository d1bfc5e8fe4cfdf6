// The way of every file: facts, verdict, hash, "is it here?", and then to the server.
import { Asking } from "./asking.js";
import { factsOf } from "./facts.js";
import { Gate } from "./gate.js";
import { Hashing } from "./hashing.js";
import { fill } from "./row.js";
import { forget, send } from "./sending.js";

const READ_AT_ONCE = 8;
const GATHER = 50;

export class Queue {
  constructor(form, gate, tell) {
    this.form = form;
    this.words = form.dataset;
    this.gate = gate;
    this.tell = tell;
    // Questions go on while sending is paused.
    this.asking = new Asking(form, new Gate());
    this.hashing = new Hashing(this.words.worker);
    this.atOnce = 3;
    this.running = 0;
    this.ready = new Set();
    this.hashed = [];
    this.owners = new Map();
  }

  // Rows whose facts are read are judged together, a screenful at a time.
  async take(rows) {
    for (let at = 0; at < rows.length; at += 8 * READ_AT_ONCE) {
      const some = rows.slice(at, at + 8 * READ_AT_ONCE);
      const unread = some[Symbol.iterator]();
      const reader = async () => {
        for (const row of unread) await this.read(row);
      };
      await Promise.all(Array.from({ length: READ_AT_ONCE }, reader));
      await this.asking.judge(some, (row, verdict) => this.judged(row, verdict));
      for (const row of some) if (row.state === "waiting") this.hash(row);
    }
  }

  async read(row) {
    row.facts = await factsOf(row.file, Number(this.words.mostPixels)).catch(() => null);
    row.facts ??= { name: row.file.name, size: row.file.size, head: "", width: 0, height: 0 };
    row.describe(row.facts);
    if (row.facts.format) row.preview();
  }

  judged(row, verdict) {
    row.judge(verdict);
    const { refused } = verdict;
    if (refused && row.state === "waiting") row.become("refused", refused.message);
    this.tell(undefined, this.asking.purse);
  }

  // Another order: the same facts are judged anew.
  rejudge(rows) {
    this.asking.changed();
    const known = rows.filter((row) => row.facts || row.id);
    return this.asking.judge(known, (row, verdict, problem) => {
      row.judge(verdict);
      this.tell(problem, this.asking.purse);
    });
  }

  async hash(row) {
    row.become("hashing");
    row.digest = await this.hashing.digestOf(row.file);
    if (row.state !== "hashing") return;
    this.hashed.push(row);
    this.timer ??= setTimeout(() => this.compare(), GATHER);
  }

  // Asks for many digests together which of them are here.
  async compare() {
    this.timer = undefined;
    const rows = this.hashed.splice(0);
    const digests = [...new Set(rows.map((row) => row.digest).filter(Boolean))];
    const known = digests.length ? await this.asking.known(digests) : {};
    for (const row of rows) {
      if (row.state !== "hashing") continue;
      const here = known[row.digest];
      if (here) row.stands(here, "duplicate");
      else this.wait(row);
    }
    this.next();
  }

  wait(row) {
    row.become("ready");
    this.ready.add(row);
  }

  next() {
    for (const row of this.ready) {
      if (this.running >= this.atOnce) return;
      this.ready.delete(row);
      if (row.state === "ready" && !this.follows(row)) this.run(row);
    }
  }

  // Of two files with the same bytes the second waits for what becomes of the first.
  follows(row) {
    if (!row.digest || row.anyway) return false;
    const first = this.owners.get(row.digest);
    if (first?.image && first.state === "stored") row.stands(first.image, "duplicate");
    else if (first?.state === "sending") first.followers.push(row);
    else return false;
    return true;
  }

  async run(row) {
    this.running += 1;
    row.followers = [];
    if (row.digest && !row.anyway) this.owners.set(row.digest, row);
    row.become("sending");
    try {
      this.end(row, await send(row, this.form, this.gate));
    } catch {
      // It was stopped; whoever stopped it has said what became of it.
    }
    this.running -= 1;
    for (const follower of row.followers) {
      if (follower.state === "ready") this.ready.add(follower);
    }
    this.next();
  }

  end(row, { status, said, astray }) {
    const { lost, trouble, signedOut } = this.words;
    if (astray || (status === 403 && !said.message)) {
      row.become("failed", `${signedOut} `);
      this.offerSignIn(row);
    } else if (status === 201) row.stands(said, "stored");
    else if (status === 0) row.become("failed", lost);
    else if (status >= 500 || status === 429) row.become("failed", fill(trouble, { status }));
    else if (said.message) row.become("refused", said.message);
    else row.become("failed", fill(trouble, { status }));
  }

  offerSignIn(row) {
    const link = document.createElement("a");
    Object.assign(link, { href: this.words.login, textContent: this.words.signIn });
    link.target = "_blank";
    row.find(".work-reason").append(link);
  }

  again(row) {
    row.begin();
    if (row.digest === undefined) {
      row.become("waiting");
      this.hash(row);
    } else {
      this.wait(row);
      this.next();
    }
  }

  // Nothing more is sent of this file, and nobody is told what becomes of it.
  drop(row) {
    row.stop.abort(new Error("stopped"));
    this.ready.delete(row);
    forget(row, this.form, this.asking.gate);
  }

  cancel(row) {
    this.drop(row);
    row.become("failed", this.words.cancelled);
  }
}
