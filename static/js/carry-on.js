// A long work that is done in portions: each page asks for the next one.
document.querySelector("form[data-carry-on]")?.requestSubmit();
