// data-correct on a field of a preview's rows: what was typed is checked when the field is left, on Enter, or by the row's
// button, and the rows and figures (data-follows) that depend on it are put in place. What is being typed meanwhile
// stays, and so does the focus. Anything but a plain answer is left to the form itself.
import { showTicks } from "./ticks.js";
import { toast } from "./toast.js";

const TO_CHECK = "button[formaction$='/corrections']";

let busy = Promise.resolve(); // one at a time, in the order in which they were typed
let waiting = 0;

const entriesOf = (row) => [...row.querySelectorAll("[data-correct]")];
const isTyped = (entry) => entry.value !== entry.defaultValue;

function check(row) {
  waiting += 1;
  busy = busy.then(() => send(row)).finally(() => (waiting -= 1));
}

async function send({ id }) {
  // The row may have been replaced while this waited for its turn.
  const row = document.getElementById(id);
  const form = row?.querySelector("[data-correct]")?.form;
  if (!form || !entriesOf(row).some(isTyped)) return;
  const body = new URLSearchParams();
  for (const { name, value } of form.querySelectorAll("[name=csrf], [name=back], [name=shown]")) body.append(name, value);
  const sent = new Map();
  for (const entry of entriesOf(row)) {
    body.append("at", entry.previousElementSibling.value);
    body.append("cell", entry.value);
    sent.set(entry.id, entry.value);
  }
  try {
    const answer = await fetch(form.querySelector(TO_CHECK).formAction, {
      method: "POST",
      headers: { "X-Fragment": "rows", Accept: "text/html" },
      credentials: "same-origin",
      // Also when the page is left for the next one.
      keepalive: true,
      body,
    });
    if (answer.status >= 500) throw new Error(`the server answered ${answer.status}`);
    if (answer.redirected || !answer.ok) {
      form.requestSubmit(form.querySelector(TO_CHECK));
      return;
    }
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), sent);
    say(id);
  } catch {
    toast("This was not checked, since the server could not be reached. Press “Check” to try again.");
  }
}

function show(fresh, sent) {
  for (const part of fresh.querySelectorAll("[data-follows]")) {
    const here = document.getElementById(part.id);
    if (here && !here.isEqualNode(part)) keepingFocus(here, () => here.replaceChildren(...part.childNodes));
  }
  const [head, freshHead] = [document, fresh].map((one) => one.querySelector(".import-rows thead"));
  if (head && freshHead && head.rows[0].cells.length !== freshHead.rows[0].cells.length) {
    head.replaceChildren(...freshHead.childNodes);
  }
  for (const row of fresh.querySelectorAll(".import-rows tbody tr")) {
    const here = document.getElementById(row.id);
    if (here && !here.isEqualNode(row)) keepingFocus(here, () => replace(here, row, sent));
  }
  showTicks();
}

// What was typed since it was sent, ticked or chosen is not the server's to say.
function replace(here, row, sent) {
  for (const entry of entriesOf(here)) {
    const next = row.querySelector(`#${entry.id}`);
    if (next && entry.value !== (sent.get(entry.id) ?? entry.defaultValue)) next.value = entry.value;
  }
  for (const selector of ["[data-tick]", "[name=choice]"]) {
    const [old, next] = [here, row].map((one) => one.querySelector(selector));
    if (old && next) Object.assign(next, selector === "[data-tick]" ? { checked: old.checked } : { value: old.value });
  }
  here.replaceWith(row);
}

function keepingFocus(region, change) {
  const active = document.activeElement;
  const { id, selectionStart, selectionEnd } = region.contains(active) ? active : {};
  const parent = region.id;
  change();
  if (id === undefined) return;
  const next = (id && document.getElementById(id)) || document.getElementById(parent)?.querySelector("input:not([type=hidden]), a, button");
  next?.focus({ preventScroll: true });
  if (selectionStart !== undefined && selectionStart !== null) next?.setSelectionRange?.(selectionStart, selectionEnd);
}

function say(id) {
  const row = document.getElementById(id);
  const status = document.querySelector("[data-correct-status]");
  if (row && status) status.textContent = `${row.querySelector("th, .col-row").textContent.trim()}: ${row.querySelector(".badge").textContent.trim()}`;
}

document.addEventListener("change", ({ target }) => {
  if ("correct" in (target.dataset ?? {})) check(target.closest("tr"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !("correct" in (event.target.dataset ?? {}))) return;
  event.preventDefault();
  check(event.target.closest("tr"));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(TO_CHECK);
  const row = button?.closest("tr");
  // Nothing is typed: then the form says what it finds.
  if (!row || !entriesOf(row).some(isTyped)) return;
  event.preventDefault();
  check(row);
});

// "Add" does not overtake what is being checked, and what it would do is read before it is done.
document.addEventListener(
  "submit",
  (event) => {
    if (waiting === 0 || !event.target.querySelector("[data-correct]")) return;
    event.preventDefault();
    const { target: form, submitter } = event;
    busy.then(() => {
      if (submitter?.isConnected) {
        form.requestSubmit(submitter);
        return;
      }
      toast("What you corrected was checked first. Look at what will be done, and press the button again.");
      form.querySelector(`button[formaction="${submitter?.getAttribute("formaction")}"]`)?.focus();
    });
  },
  { capture: true },
);
