// data-dialog-page on a link: shows the form of the page that it leads to as a dialog above this one. The dialog is asked for
// alone (X-Fragment: dialog) and goes away with being closed. What is refused comes back as that page.
import { fragment } from "./fragment.js";

async function open(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const dialog = await fragment(link.href, "dialog", "dialog");
    if (!dialog) {
      location.assign(link.href);
      return;
    }
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    // For what works on fields: there are new ones.
    dialog.dispatchEvent(new Event("part-added", { bubbles: true }));
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden])")?.focus();
  } catch {
    location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a[data-dialog-page]");
  if (!link) return;
  event.preventDefault();
  open(link);
});
