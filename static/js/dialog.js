// data-dialog="id" on a link: opens <dialog id> instead of the page it leads to.
// data-dialog-close inside a dialog: closes it instead of leading anywhere.
document.addEventListener("click", (event) => {
  // A new tab or window was asked for: the link is a page of its own, so let it open.
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
    return;
  }
  const closer = event.target.closest("[data-dialog-close]");
  const dialog = closer?.closest("dialog");
  if (dialog?.open) {
    event.preventDefault();
    dialog.close();
  }
});
