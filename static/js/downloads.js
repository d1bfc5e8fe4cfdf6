// The counts of downloads follow a download from this page: they are looked up again soon
// after the click, and once more for a large file. htmx itself would stop the link.
const LOOK_AFTER = [2000, 10_000];

for (const link of document.querySelectorAll("a[download]")) {
  link.addEventListener("click", () => {
    for (const wait of LOOK_AFTER) {
      setTimeout(() => htmx.trigger("#downloads", "look"), wait);
    }
  });
}
