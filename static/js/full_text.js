// A table cell that shows only the start of a long value tells the rest as a tooltip.
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.(".table :is(td, th), .truncate");
  if (!cell || cell.title || cell.querySelector("[title]")) return;
  const cut = [cell, ...cell.querySelectorAll("a, a > bdi")].some((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight + 1);
  if (cut) cell.title = cell.innerText.trim();
});
