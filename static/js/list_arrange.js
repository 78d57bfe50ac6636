// data-arrange on a list of things to choose: data-move="earlier|later" on a button moves its item instead of asking the
// server to. The first item stays first.
import { toast } from "./toast.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-arrange] [data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const items = [...item.parentElement.children];
  const from = items.indexOf(item);
  const to = button.dataset.move === "earlier" ? from - 1 : from + 1;
  if (to < 1 || to >= items.length) return;
  if (to < from) items[to].before(item);
  else items[to].after(item);
  button.focus();
  toast(`${item.querySelector("label").textContent}: ${to + 1} of ${items.length}`);
});
