// Keys on a list (data-list): / goes to its search, j and k to the next and previous row (data-row), x ticks the row, e
// edits it (data-edit on the list: where, below the row's own address), Enter opens it. The cursor is the focus: on the
// link of a row, or on its tick box for those who came from one.
import { onKey } from "./shortcuts.js";
import { toggleRow } from "./ticks.js";

const cursors = new WeakMap(); // list -> id of the row that the cursor was at last
const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
const linkOf = (row) => row?.querySelector("th a[href]");
const boxOf = (row) => row?.querySelector("[data-tick]:not(:disabled)");

// The list that the focus is in, or the only one.
function listHere() {
  const lists = document.querySelectorAll("[data-list]");
  return document.activeElement?.closest("[data-list]") ?? (lists.length === 1 ? lists[0] : null);
}

function rowHere(list) {
  const id = document.activeElement?.closest("[data-row]")?.dataset.row ?? cursors.get(list);
  return rowsOf(list).find((row) => row.dataset.row === id);
}

function move(step) {
  const list = listHere();
  if (!list) return false;
  const rows = rowsOf(list);
  const from = rows.indexOf(rowHere(list));
  const row = rows[from < 0 ? 0 : Math.min(Math.max(from + step, 0), rows.length - 1)];
  const onBox = document.activeElement?.matches("[data-tick]");
  const target = (onBox && boxOf(row)) || linkOf(row) || boxOf(row);
  target?.focus();
  return Boolean(target);
}

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("[data-row]");
  const list = row?.closest("[data-list]");
  if (list) cursors.set(list, row.dataset.row);
});

onKey("/", () => {
  const field = listHere()?.querySelector("input[type=search]");
  field?.focus();
  field?.select();
  return Boolean(field);
});
onKey("j", () => move(1), { repeats: true });
onKey("k", () => move(-1), { repeats: true });
onKey("x", () => {
  const list = listHere();
  const row = list && rowHere(list);
  if (!boxOf(row)) return false;
  toggleRow(row);
  return true;
});
onKey("Enter", ({ target }) => {
  const link = target.matches("[data-tick]") && linkOf(target.closest("[data-row]"));
  if (!link) return false;
  link.click();
  return true;
});
onKey("e", () => {
  const list = listHere();
  const link = list?.dataset.edit && linkOf(rowHere(list));
  if (!link) return false;
  location.assign(`${link.pathname}/${list.dataset.edit}`);
  return true;
});
