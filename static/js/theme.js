// Runs before the first paint: applies the theme that was chosen on this device.
const root = document.documentElement;
root.classList.add("js");
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme stands.
}
