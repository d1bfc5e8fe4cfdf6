// Native dialogs: data-dialog="id" opens one, data-dialog-close or a click beside it
// closes it; focus returns by itself.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    document.getElementById(opener.dataset.dialog)?.showModal();
    event.preventDefault();
    return;
  }
  if (event.target.closest("[data-dialog-close]")) {
    event.target.closest("dialog").close();
  }
});

// Only a press that also began outside closes: dragging a selection out does not.
document.addEventListener("pointerdown", (event) => {
  if (!(event.target instanceof HTMLDialogElement)) return;
  const box = event.target.getBoundingClientRect();
  const inside =
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom;
  if (!inside) event.target.close();
});
