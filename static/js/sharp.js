// Loads the file itself when more is asked for than its rendition has to show: never
// before somebody zooms in, for it may have 62 megapixels. Let go with the page.
const RENDITION = 1600;

export class Sharp {
  // `said` is called with what is to be known of it: "loading", "unshown" or "".
  constructor(view, said) {
    this.view = view;
    this.said = said;
    for (const plate of view.plates) {
      const { width, height, file } = plate.dataset;
      plate.classList.toggle("is-whole", !file && Math.max(width, height) <= RENDITION);
    }
    addEventListener("pagehide", () => this.forget());
    addEventListener("pageshow", (event) => event.persisted && this.look());
  }

  look() {
    const wanted = this.view.plates.filter((plate) => this.wants(plate));
    for (const plate of wanted) if (!plate.file && !plate.unshown) this.load(plate);
    this.tell(wanted);
  }

  wants({ dataset }) {
    const { view } = this;
    const own = Math.max(dataset.width, dataset.height);
    const shown = Math.max(view.width, view.height) * view.now;
    // A small picture costs nothing, and its rendition was compressed once more.
    if (own <= RENDITION) return Boolean(dataset.file) && shown >= own * 0.99;
    return view.zoom !== null && shown > RENDITION;
  }

  async load(plate) {
    const preview = plate.querySelector("img");
    if (!plate.dataset.file) {
      plate.unshown = true;
      return;
    }
    const file = (plate.file = new Image());
    file.decoding = "async";
    file.alt = preview.alt;
    file.draggable = false;
    file.src = plate.dataset.file;
    try {
      await file.decode();
    } catch {
      if (plate.file !== file) return;
      plate.file = null;
      plate.unshown = true;
      return this.look();
    }
    // The page may have been left meanwhile.
    if (plate.file !== file) return;
    preview.after(file);
    plate.classList.add("is-sharp");
    this.look();
  }

  tell(wanted) {
    const waiting = wanted.some((one) => one.file && !one.classList.contains("is-sharp"));
    const unshown = wanted.some((one) => one.unshown);
    this.said(waiting ? "loading" : unshown ? "unshown" : "");
  }

  forget() {
    for (const plate of this.view.plates) {
      const { file } = plate;
      plate.file = null;
      plate.classList.remove("is-sharp");
      if (!file) continue;
      file.remove();
      file.src = "";
    }
  }
}
