// data-code on a text field: six digits are spaced as authenticator apps show them ("123 456"), while typing and
// after pasting. Anything else, such as a recovery code, is left as it is.
function spaced(text) {
  const digits = text.replaceAll(/[\s-]/g, "");
  if (!/^\d{4,6}$/.test(digits)) return text;
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

for (const field of document.querySelectorAll("[data-code]")) {
  field.addEventListener("input", (event) => {
    // Only at the end and only when adding: the caret must never jump while something is corrected.
    if (event.inputType?.startsWith("delete") || field.selectionEnd !== field.value.length) return;
    field.value = spaced(field.value);
  });
}
