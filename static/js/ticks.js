// Ticked rows. data-tick on each row's box, data-tick-all on the one in the heading, both inside the form that a
// button with data-needs-ticks="reason" submits; data-count in that button shows how many are ticked.
// Bound to the document, so that rows which arrive later are covered.
import { toast } from "./toast.js";

const last = new WeakMap(); // form -> the box clicked last, where a range starts

const find = (form, selector) => [...(form?.querySelectorAll(selector) ?? [])];
const boxes = (form) => find(form, "[data-tick]:not(:disabled)");

// form is null for a button whose list has no rows now, and so no form.
function show(form) {
  const all = boxes(form);
  const count = all.filter((box) => box.checked).length;
  for (const head of find(form, "[data-tick-all]")) {
    head.checked = count > 0 && count === all.length;
    head.indeterminate = count > 0 && count < all.length;
    head.disabled = all.length === 0;
  }
  for (const button of document.querySelectorAll("[data-needs-ticks]")) {
    if (button.form === form) setButton(button, count);
  }
}

function setButton(button, count) {
  if (count === 0) {
    button.setAttribute("aria-disabled", "true");
    button.title = button.dataset.needsTicks;
  } else {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("title");
  }
  const figure = button.querySelector("[data-count]");
  if (!figure) return;
  figure.textContent = count === 0 ? "" : ` (${count})`;
  figure.dataset.digits = count === 0 ? "0" : String(count).length;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-tick], [data-tick-all]");
  if (!box?.form) return;
  const all = boxes(box.form);
  if ("tickAll" in box.dataset) {
    for (const each of all) each.checked = box.checked;
  } else {
    const from = event.shiftKey ? all.indexOf(last.get(box.form)) : -1;
    if (from >= 0) {
      const to = all.indexOf(box);
      for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
      // The browser also selected the text in between.
      getSelection()?.removeAllRanges();
    }
    last.set(box.form, box);
  }
  show(box.form);
});

// Enter on a tick box would press the form's first button, wherever that is.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-tick], [data-tick-all]")) event.preventDefault();
});

// Before any other reader of the event: a button with nothing to act on sends nothing.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-needs-ticks][aria-disabled='true']");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    toast(button.dataset.needsTicks);
  },
  { capture: true },
);

function showAll() {
  const forms = new Set();
  for (const part of document.querySelectorAll("[data-needs-ticks], [data-tick-all]")) forms.add(part.form);
  for (const form of forms) show(form);
}

document.addEventListener("list-replaced", showAll);
// Also after "back", when the browser has put the ticks back.
addEventListener("pageshow", showAll);
