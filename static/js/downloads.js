// The count of downloads follows a download from this page: it is looked up again soon
// after the click, and once more for a large file. htmx itself would stop the link.
const LOOK_AFTER = [2000, 10_000];

document.getElementById("download")?.addEventListener("click", () => {
  for (const wait of LOOK_AFTER) {
    setTimeout(() => htmx.trigger("#downloads", "look"), wait);
  }
});
