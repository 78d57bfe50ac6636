// Runs before the first paint, as a plain script in the head: marks that script runs and sets the
// reader's chosen theme, so that neither appears late. The switch itself is theme.js.
(() => {
  const root = document.documentElement;
  root.dataset.script = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
})();
