// data-theme-choice="system|light|dark" on a button: the theme of this browser, kept in localStorage.
const root = document.documentElement;
const buttons = document.querySelectorAll("[data-theme-choice]");

function show() {
  const theme = root.dataset.theme ?? "system";
  for (const button of buttons) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

function choose(theme) {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Not kept, then; it still holds for this page.
  }
  show();
}

for (const button of buttons) {
  button.addEventListener("click", () => choose(button.dataset.themeChoice));
}

// Another tab of the console changed it.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== "theme") return;
  if (newValue === "light" || newValue === "dark") root.dataset.theme = newValue;
  else delete root.dataset.theme;
  show();
});

show();
