// A selection that is kept on the server. data-selection="address" on the form that holds the ticks (ticks.js), with
// data-selection-list, the name that an action is told instead of ids. Elsewhere in the list:
//   data-selection-tray           what is selected; each answer brings it anew. -count: how many, -figure: the same for
//                                 people, -text: in words, -whole: the search that was selected whole, if one was.
//   form data-selection-clear     selects nothing any more.
//   data-selection-offer="query"  offers all that match, once the whole page is ticked; the button is in it.
import { countAfter, isPending, send, settled } from "./selection_queue.js";
import { boxesOf, setButtons, showTicks } from "./ticks.js";
import { toast } from "./toast.js";

const formOf = (list) => list?.querySelector("form[data-selection]");
const listOf = (part) => part.closest("[data-list]");
const trayOf = (list) => list?.querySelector("[data-selection-tray]");
const grouped = (number) => number.toLocaleString("en-US");
const replayed = []; // what was changed since the list was asked for last: an answer on its way does not know of it

function setBoxes(form, ids, ticked) {
  const wanted = new Set(ids);
  for (const box of boxesOf(form)) if (wanted.has(box.value)) box.checked = ticked;
}

function show(list) {
  const form = formOf(list);
  const tray = trayOf(list);
  if (!form || !tray) return;
  showTicks();
  const before = Number(tray.dataset.selectionCount);
  const count = countAfter(before);
  setButtons(form, count, count === before || tray.dataset.selectionFigure.endsWith("+") ? tray.dataset.selectionFigure || "0" : grouped(count));
  const offer = list.querySelector("[data-selection-offer]");
  if (!offer) return;
  const all = boxesOf(form);
  const kept = tray.dataset.selectionWhole;
  offer.hidden = all.length === 0 || kept === "" || kept === offer.dataset.selectionOffer || all.some((box) => !box.checked);
}

function say(list, text) {
  const status = list?.querySelector("[data-list-status]");
  if (status) status.textContent = text;
}

function change(form, what, expected, redo, undo) {
  replayed.push(redo);
  redo();
  send(form.dataset.selection, what, expected, () => {
    replayed.splice(0);
    undo();
  });
  show(listOf(form));
}

document.addEventListener("ticked", (event) => {
  const form = event.target;
  if (!form.dataset.selection) return;
  const { boxes, checked: ticked } = event.detail;
  const list = listOf(form);
  const ids = boxes.map((box) => box.value);
  const set = (to) => () => setBoxes(formOf(list), ids, to);
  change(form, { ids, ticked }, (count) => Math.max(0, count + (ticked ? ids.length : -ids.length)), set(ticked), set(!ticked));
});

function setAll(form, ticked, what, expected) {
  const list = listOf(form);
  const before = boxesOf(form).filter((box) => box.checked).map((box) => box.value);
  const redo = () => boxesOf(formOf(list)).forEach((box) => (box.checked = ticked));
  const undo = () => boxesOf(formOf(list)).forEach((box) => (box.checked = before.includes(box.value)));
  change(form, what, expected, redo, undo);
}

document.addEventListener("click", (event) => {
  const offer = event.target.closest("[data-selection-offer] button")?.closest("[data-selection-offer]");
  if (!offer) return;
  const form = formOf(listOf(offer));
  setAll(form, true, { whole: offer.dataset.selectionOffer }, (count) => count);
  offer.hidden = true;
  form.querySelector("[data-tick-all]")?.focus();
});

document.addEventListener("submit", (event) => {
  const list = listOf(event.target);
  const form = formOf(list);
  if ("selectionClear" in event.target.dataset && form) {
    event.preventDefault();
    setAll(form, false, { clear: true }, () => 0);
    (form.querySelector("[data-tick-all]") ?? list.querySelector("input[type=search]"))?.focus();
  }
});

// An action waits for the last tick to arrive, and is told the list's name instead of ids.
document.addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter } = event;
    if (!form.dataset.selection || !isPending()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await settled()) form.requestSubmit(submitter);
  },
  { capture: true },
);

document.addEventListener("formdata", ({ target: form, formData }) => {
  if (!form.dataset.selection) return;
  formData.delete("id");
  formData.set("selection", form.dataset.selectionList);
});

// The next page must know of the last tick.
document.addEventListener(
  "click",
  async (event) => {
    const link = event.target.closest("[data-list] a[href]");
    if (!link || !isPending() || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await settled();
    link.click();
  },
  { capture: true },
);

document.addEventListener("selection-changed", ({ detail: fresh }) => {
  const tray = document.querySelector("[data-selection-tray]");
  if (!tray || !fresh) return;
  const list = listOf(tray);
  const said = tray.dataset.selectionText !== fresh.dataset.selectionText;
  tray.replaceWith(fresh);
  show(list);
  if (said && !isPending()) say(list, fresh.dataset.selectionText || "Nothing is selected");
});

document.addEventListener("selection-failed", ({ detail: reason }) => {
  toast(reason);
  document.querySelectorAll("[data-list]").forEach(show);
});

document.addEventListener("list-asked", () => replayed.splice(0));
document.addEventListener("list-replaced", (event) => {
  for (const redo of replayed) redo();
  show(event.target);
});
addEventListener("pageshow", () => document.querySelectorAll("[data-list]").forEach(show));
