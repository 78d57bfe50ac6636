// a[data-list-follows] anywhere on the page: leads to another page about what the list shows now, although it was drawn for
// an earlier state of it. Its address is brought up to date before it can be used, by whatever means.
import { addressOf } from "./list_address.js";

for (const event of ["pointerdown", "focusin"]) {
  document.addEventListener(event, ({ target }) => {
    const link = target.closest?.("a[data-list-follows]");
    const list = document.querySelector("[data-list]");
    if (link && list) link.search = addressOf(list).search;
  });
}
