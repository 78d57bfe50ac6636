// data-reveal="id" on a button: shows and hides what is typed into that password field.
function set(button, field, shown) {
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
}

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  if (!field) continue;
  button.addEventListener("click", () => set(button, field, field.type === "password"));
  // Sent hidden, so that no browser keeps it among its text suggestions.
  field.form?.addEventListener("submit", () => set(button, field, false));
}
