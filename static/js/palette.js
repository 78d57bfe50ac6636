// The command palette: Ctrl+K or ⌘K presses the link data-palette-link, whose page comes as a dialog (dialog_page.js). In the
// dialog (data-palette="address") what is typed is asked for as X-Fragment: options; a combobox with a listbox (ARIA Authoring
// Practices), whose first option is the one that Enter takes.
import { fragment } from "./fragment.js";

const PAUSE = 120; // ms without a key before it is asked for

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const link = document.querySelector("[data-palette-link]");
  if (!link || event.isComposing) return;
  event.preventDefault();
  const palette = document.querySelector("dialog[data-palette]");
  if (palette) palette.close();
  // Nothing opens above another question, or twice.
  else if (!document.querySelector("dialog[open]") && link.getAttribute("aria-busy") !== "true") link.click();
});

function enhance(dialog) {
  const input = dialog.querySelector("[role=combobox]");
  const status = dialog.querySelector("[role=status]");
  const nothing = dialog.querySelector(".palette-nothing");
  let timer = 0;
  let asked = null; // what is under way
  let active = null;
  const list = () => dialog.querySelector("[role=listbox]");
  const options = () => [...list().querySelectorAll("[role=option]")];

  function point(option) {
    active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    if (active) {
      active.setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(found) {
    if (found) list().replaceWith(found);
    const all = options();
    active = null;
    point(all[0]);
    list().hidden = all.length === 0;
    nothing.hidden = all.length > 0;
    input.setAttribute("aria-expanded", String(all.length > 0));
    if (found) status.textContent = all.length === 0 ? "Nothing found" : `${all.length} found`;
  }

  // Gives whether what is shown now is what was typed.
  async function ask() {
    clearTimeout(timer);
    timer = 0;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const address = new URL(dialog.dataset.palette, location.href);
    address.searchParams.set("q", input.value);
    try {
      const found = await fragment(address.href, "options", "[role=listbox]", signal);
      if (signal.aborted) return false;
      if (found) show(found);
      else location.assign(address.href);
      return Boolean(found);
    } catch {
      // Overtaken by the next key, or there is no answer now: what was found stays.
      return false;
    } finally {
      if (asked?.signal === signal) asked = null;
    }
  }

  function take(option, { apart = false } = {}) {
    if (!option) return;
    const { href } = option.dataset;
    if (apart) window.open(href, "_blank", "noopener");
    else location.assign(href);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  // The field keeps the focus while one chooses with the pointer.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target.closest("[role=listbox]")) event.preventDefault();
  });
  dialog.addEventListener("mousedown", (event) => {
    if (event.target.closest("[role=listbox]")) event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    // Beside it, on the backdrop.
    if (event.target === dialog) dialog.close();
    else take(event.target.closest("[role=option]"), { apart: event.ctrlKey || event.metaKey });
  });
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length > 0) {
      event.preventDefault();
      const place = active ? all.indexOf(active) + step : 0;
      point(all[(place + all.length) % all.length]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const apart = event.ctrlKey || event.metaKey;
      // Enter means what was typed, not what was found for the half of it.
      if ((timer || asked) && !(await ask())) return;
      take(active, { apart });
    }
  });
  show(null);
}

document.addEventListener("part-added", (event) => {
  if (event.target.matches?.("[data-palette]")) enhance(event.target);
});
