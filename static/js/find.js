// Whoever came to search, by the key or the link of another page, types at once.
if (location.hash === "#search") {
  const field = document.getElementById("search");
  history.replaceState(null, "", location.pathname);
  field?.focus();
  field?.select();
}
