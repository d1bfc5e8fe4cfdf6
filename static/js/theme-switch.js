// The switch auto / light / dark; kept on this device, alike in all open tabs.
const root = document.documentElement;

function chosen() {
  try {
    return localStorage.getItem("theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function apply(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const radio of document.querySelectorAll("input[name=theme]")) {
    radio.checked = radio.value === theme;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "theme") return;
  try {
    localStorage.setItem("theme", event.target.value);
  } catch {
    // The choice holds for this page only.
  }
  apply(event.target.value);
});
addEventListener("storage", (event) => {
  if (event.key === "theme") apply(chosen());
});
apply(chosen());
