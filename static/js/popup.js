// details.popup closes on Escape, on a press elsewhere, and when another one opens.
function closeAll(except) {
  for (const popup of document.querySelectorAll("details.popup[open]")) {
    if (popup !== except) popup.open = false;
  }
}

document.addEventListener("pointerdown", (event) => closeAll(event.target.closest("details.popup")));

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const popup = event.target.closest?.("details.popup[open]");
  if (!popup) return;
  event.preventDefault();
  popup.open = false;
  popup.querySelector("summary").focus();
});

document.addEventListener("focusin", (event) => closeAll(event.target.closest("details.popup")));
