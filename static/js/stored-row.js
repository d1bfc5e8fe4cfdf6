// A row that the server has written: its picture is here already.
import { Row } from "./row.js";

export class StoredRow extends Row {
  constructor(element, words, listener) {
    super(new File([], ""), words, listener, element);
  }

  dress() {
    this.state = "stored";
    this.id = this.find("input[name=image]").value;
  }

  paint() {}

  advance() {}
}
