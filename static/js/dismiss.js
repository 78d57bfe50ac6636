// data-dismiss on a button takes away the data-dismissable around it.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest("[data-dismissable]")?.remove();
});
