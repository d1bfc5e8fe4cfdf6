// The library: selection, keys, labels, trash, endless scroll.
import "./find.js";
import "./grid-keys.js";
import "./marks.js";
import "./scroll.js";
