// Numbers over the rows, kept up to date by what changes: never counted anew.
import { fill, sizeOf } from "./row.js";

const STATES = ["waiting", "hashing", "ready", "sending", "stored", "duplicate", "refused", "failed"];
const NOT_SENT = ["duplicate", "refused"];
const LOOK_BACK = 8000;

export class Tally {
  constructor() {
    this.numbers = new Map(STATES.map((state) => [state, 0]));
    this.bytes = 0;
    this.sent = 0;
    this.samples = [];
  }

  // One row goes from one state to another; null is "not in the list".
  move(row, from, to) {
    this.add(row, from, -1);
    this.add(row, to, 1);
  }

  add(row, state, by) {
    if (!state) return;
    this.numbers.set(state, this.numbers.get(state) + by);
    if (!NOT_SENT.includes(state)) this.bytes += by * row.file.size;
  }

  of(...states) {
    return states.reduce((sum, state) => sum + this.numbers.get(state), 0);
  }

  get left() {
    return this.of("waiting", "hashing", "ready", "sending");
  }

  get chosen() {
    return this.of(...STATES);
  }

  get all() {
    const shown = Object.fromEntries(STATES.slice(4).map((state) => [state, this.of(state)]));
    return { ...shown, left: this.left, chosen: this.chosen };
  }

  // Bytes a second over the last few seconds, 0 while nobody can say.
  speed(now) {
    this.samples.push([now, this.sent]);
    while (this.samples.length > 2 && now - this.samples[0][0] > LOOK_BACK) this.samples.shift();
    const [[then, before]] = this.samples;
    return now > then ? Math.max(0, (1000 * (this.sent - before)) / (now - then)) : 0;
  }

  // "12.0 MB of 60.0 MB · 3.1 MB a second · about 15 s left"
  progress(words, now) {
    const speed = this.speed(now);
    const sent = fill(words.sent, { sent: sizeOf(this.sent), all: sizeOf(this.bytes) });
    if (!this.bytes) return "";
    if (!this.left || !speed) return sent;
    const rest = fill(words.rest, { time: timeOf((this.bytes - this.sent) / speed, words) });
    return [sent, fill(words.speed, { speed: sizeOf(Math.round(speed)) }), rest].join(" · ");
  }
}

// Rounded as one would say it.
export function timeOf(seconds, words) {
  if (seconds < 60) return fill(words.seconds, { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return fill(words.minutes, { n: Math.round(seconds / 60) });
  return fill(words.hours, { n: (seconds / 3600).toFixed(1) });
}

// As exactly as the server keeps costs.
const exact = (cost) => Math.round(cost * 1e4) / 1e4;

// As the server writes them: cents only where there are any.
export function moneyOf(cost, unit) {
  const one = cost === 1 ? unit.replace(/s$/, "") : unit;
  return `${cost % 1 ? cost.toFixed(2) : cost} ${one}`;
}

// What the chosen work takes, summed up over the rows that will be part of it.
export function estimateOf(rows) {
  const sums = { seconds: 0, blocked: 0, free: true, costs: new Map() };
  for (const { verdict } of rows) {
    if (verdict?.state === "blocked") sums.blocked += 1;
    if (!verdict || verdict.state === "blocked") continue;
    sums.seconds += verdict.seconds ?? 0;
    const { cost, unit, free } = verdict;
    sums.free &&= Boolean(free);
    if (unit) sums.costs.set(unit, exact((sums.costs.get(unit) ?? 0) + cost));
  }
  return sums;
}
