// Shows only the options of the operation that is chosen; without script all are shown,
// and the server reads those of the chosen one.
function show(form) {
  for (const radio of form.querySelectorAll("input[data-options]")) {
    const options = document.getElementById(radio.dataset.options);
    options.hidden = options.disabled = !radio.checked;
  }
}

for (const form of document.querySelectorAll("form:has(input[data-options])")) {
  form.addEventListener("change", () => show(form));
  // A browser that returns to the page may choose again what was chosen before.
  addEventListener("pageshow", () => show(form));
  show(form);
}
