// Selects the text of a field that is there to be copied.
for (const field of document.querySelectorAll("[data-select]")) {
  field.addEventListener("focus", () => field.select());
  field.focus();
}
