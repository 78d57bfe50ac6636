// data-popup[data-open]: what floats under its link closes on Escape, on a press or focus elsewhere, and when another opens.

/** Closes a popup and takes away what was in it. `focus`: the link that opens it gets the focus. */
export function closePopup(popup, { focus = false } = {}) {
  delete popup.dataset.open;
  popup.querySelector("[data-panel-content]")?.remove();
  const opener = popup.querySelector("[aria-expanded]");
  opener?.setAttribute("aria-expanded", "false");
  if (focus) opener?.focus();
}

function closeOthers(target) {
  // A dialog stands above the popup that it was opened from, which is there again afterwards.
  if (target.closest?.("dialog")) return;
  const inside = target.closest?.("[data-popup]");
  for (const popup of document.querySelectorAll("[data-popup][data-open]")) {
    if (popup !== inside) closePopup(popup);
  }
}

document.addEventListener("pointerdown", (event) => closeOthers(event.target));
document.addEventListener("focusin", (event) => closeOthers(event.target));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const popup = document.querySelector("[data-popup][data-open]");
  if (!popup) return;
  event.preventDefault();
  closePopup(popup, { focus: true });
});
