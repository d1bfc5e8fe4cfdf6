// Menus are <details class="menu">: open without script, closed politely with it.
for (const type of ["click", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    step(menu, event);
  }
});

function step(menu, event) {
  if (event.target.matches("input, select, textarea")) return;
  const items = [...menu.querySelectorAll(".menu-list :is(a, button)")];
  const here = items.indexOf(document.activeElement);
  const next = event.key === "ArrowDown" ? here + 1 : here - 1;
  items.at(next % items.length)?.focus();
  event.preventDefault();
}
