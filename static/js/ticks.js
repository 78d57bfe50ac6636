// Ticked rows. data-tick on each row's box, data-tick-all on the one in the heading, both inside the form that a
// button with data-needs-ticks="reason" submits; data-count in that button shows how many are ticked.
// A click with Shift ticks the range from the last one, Shift with the up or down arrow goes on from the focused box.
// Says "ticked" on the form with { boxes, checked } for what has changed. In a form with data-selection the buttons are
// the business of selection.js. Bound to the document, so that rows which arrive later are covered.
import { toast } from "./toast.js";

const last = new WeakMap(); // form -> the box clicked last, where a range starts
const anchors = new WeakMap(); // form -> the box where a range by keys started; gone once anything else is done

const find = (form, selector) => [...(form?.querySelectorAll(selector) ?? [])];

/** The boxes of a form's rows. */
export const boxesOf = (form) => find(form, "[data-tick]:not(:disabled)");

// form is null for a button whose list has no rows now, and so no form.
function show(form) {
  const all = boxesOf(form);
  const count = all.filter((box) => box.checked).length;
  for (const head of find(form, "[data-tick-all]")) {
    head.checked = count > 0 && count === all.length;
    head.indeterminate = count > 0 && count < all.length;
    head.disabled = all.length === 0;
  }
  if (!form?.dataset.selection) setButtons(form, count, String(count));
}

/** Shows in a form's buttons how many they act on: a number, and the same for people. */
export function setButtons(form, count, figure) {
  for (const button of document.querySelectorAll("[data-needs-ticks]")) {
    if (button.form === form) setButton(button, count, figure);
  }
}

function setButton(button, count, text) {
  if (count === 0) {
    button.setAttribute("aria-disabled", "true");
    button.title = button.dataset.needsTicks;
  } else {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("title");
  }
  const figure = button.querySelector("[data-count]");
  if (!figure) return;
  figure.textContent = count === 0 ? "" : ` (${text})`;
  figure.dataset.digits = count === 0 ? "0" : String(text.length);
}

/** Ticks boxes of a form (or the other way round), and says which have changed; `also`: those that have changed already. */
export function setTicks(form, boxes, checked, also = []) {
  const changed = boxes.filter((box) => box.checked !== checked);
  for (const box of changed) box.checked = checked;
  show(form);
  const all = [...also, ...changed];
  if (all.length > 0) form.dispatchEvent(new CustomEvent("ticked", { bubbles: true, detail: { boxes: all, checked } }));
}

/** Ticks the row that somebody is at, or takes the tick off. */
export function toggleRow(row) {
  row.querySelector("[data-tick]:not(:disabled)")?.click();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-tick], [data-tick-all]");
  if (!box?.form) return;
  const all = boxesOf(box.form);
  anchors.delete(box.form);
  if ("tickAll" in box.dataset) {
    setTicks(box.form, all, box.checked);
    return;
  }
  const from = event.shiftKey ? all.indexOf(last.get(box.form)) : -1;
  const to = all.indexOf(box);
  // The browser also selected the text in between.
  if (from >= 0) getSelection()?.removeAllRanges();
  last.set(box.form, box);
  setTicks(box.form, from < 0 ? [] : all.slice(Math.min(from, to), Math.max(from, to) + 1), box.checked, [box]);
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("[data-tick], [data-tick-all]");
  if (!box?.form) return;
  // Enter would press the form's first button, wherever that is.
  if (event.key === "Enter") event.preventDefault();
  if (event.shiftKey && "tick" in box.dataset && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    extend(box, event.key === "ArrowDown" ? 1 : -1);
  }
});

// One box further: away from where the range started it grows, back towards it it shrinks.
function extend(box, step) {
  const all = boxesOf(box.form);
  const from = all.indexOf(box);
  const next = all[from + step];
  const start = anchors.get(box.form);
  if (!all.includes(start)) anchors.set(box.form, box);
  const anchor = all.indexOf(anchors.get(box.form));
  const grows = Math.abs(from + step - anchor) > Math.abs(from - anchor);
  setTicks(box.form, grows ? [box, ...(next ? [next] : [])] : [box], grows);
  next?.focus();
  last.set(box.form, next ?? box);
}

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

/** Brings headings and buttons in step with the boxes. */
export function showTicks() {
  const forms = new Set();
  for (const part of document.querySelectorAll("[data-needs-ticks], [data-tick-all]")) forms.add(part.form);
  for (const form of forms) show(form);
}

document.addEventListener("list-replaced", showTicks);
// Also after "back", when the browser has put the ticks back.
addEventListener("pageshow", showTicks);
