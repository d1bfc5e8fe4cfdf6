// What the server says of files before they are sent: verdicts, and which are here.
import { ask } from "./request.js";

const AT_ONCE = 1000;
const FIELDS = ["name", "size", "head", "width", "height", "orientation", "frames", "has_alpha"];

// The fields of the form that say what shall be done, and nothing else of it.
function orderOf(form) {
  const body = new FormData(form);
  for (const name of ["files", "image", "key", "csrfmiddlewaretoken"]) body.delete(name);
  return body;
}

const factsOf = ({ facts }) => Object.fromEntries(FIELDS.map((name) => [name, facts[name]]));

export class Asking {
  constructor(form, gate) {
    this.form = form;
    this.gate = gate;
    this.order = 0;
    this.purse = null;
  }

  // Another order makes the answers that are still under way worthless.
  changed() {
    this.order += 1;
  }

  async judge(rows, tell) {
    const order = this.order;
    for (let at = 0; at < rows.length; at += AT_ONCE) {
      const some = rows.slice(at, at + AT_ONCE);
      const body = orderOf(this.form);
      body.append("facts", JSON.stringify(some.filter((row) => row.facts).map(factsOf)));
      for (const row of some) if (!row.facts) body.append("image", row.id);
      const { said } = await this.post(this.form.dataset.verdicts, body);
      if (order !== this.order) return this.judge(rows.slice(at), tell);
      this.purse = said.purse ?? null;
      this.hand(some, said, tell);
    }
  }

  hand(rows, said, tell) {
    const files = [...(said.files ?? [])];
    for (const row of rows) {
      const verdict = row.facts ? files.shift() : said.images?.[row.id];
      tell(row, verdict ?? { chips: [] }, said.problem ?? "");
    }
  }

  // Which of these digests are here already: digest to picture.
  async known(digests) {
    const found = {};
    for (let at = 0; at < digests.length; at += AT_ONCE) {
      const body = new FormData();
      body.append("digests", JSON.stringify(digests.slice(at, at + AT_ONCE)));
      const { said } = await this.post(this.form.dataset.known, body);
      Object.assign(found, said.known);
    }
    return found;
  }

  post(address, body) {
    return ask({ method: "POST", address, body, form: this.form }, this.gate);
  }
}
