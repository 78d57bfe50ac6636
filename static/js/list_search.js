// A list that changes without the page being loaded anew: search as you type, filters, columns. data-list is the section.
// In it:
//   form data-list-form (GET)   asks for another address of the list when it is sent; with the value "live" also while
//                               it is being filled in.
//   data-list-region            the part that a new answer replaces; the server answers with it alone when asked with
//                               X-Fragment: list. Its data-total says how many there are, its data-filters how many
//                               filters are set, data-sort its order, data-jump what a jump to a value is called in
//                               this order, data-said what is read out.
//   data-list-total, -status    where the total is shown (anywhere on the page) and read out.
//   data-count-of="filters"     where the number of filters is shown.
//   data-list-sort              the field of the order.
//   data-list-jump              the form of the jump; not there in orders that have none.
// Says list-replaced on the section once the new rows are there.
import { fragment } from "./fragment.js";
import { addressAskedFor, addressOf, setAddress } from "./list_address.js";
import { keepFocus } from "./list_focus.js";
import { toast } from "./toast.js";

const WAIT = 120; // milliseconds after the last key
const REGION = "[data-list-region]";
const running = new WeakMap(); // list -> what would call off the answer that is on its way

// How many there are now: beside the page's heading, and for those who do not see it.
function tell(list, { total, filters, sort, jump, said }) {
  if (total === undefined) return;
  for (const part of document.querySelectorAll("[data-list-total]")) part.textContent = total;
  const status = list.querySelector("[data-list-status]");
  if (status) status.textContent = said;
  const count = list.querySelector('[data-count-of="filters"]');
  if (count) count.textContent = filters === "0" ? "" : filters;
  const order = list.querySelector("[data-list-sort]");
  if (order) order.value = sort;
  const form = list.querySelector("[data-list-jump]");
  if (!form) return;
  form.hidden = jump === "";
  if (jump === "") return;
  form.querySelector("label").textContent = jump;
  form.elements.from.placeholder = jump;
}

// Typing is one step of the history, however many keys it takes; a link is one of its own, where the way back finds the
// reader's place.
function note(url, step) {
  if (step === "replace") history.replaceState(null, "", url);
  if (step !== "push") return;
  history.replaceState({ ...history.state, scroll: scrollY }, "");
  history.pushState(null, "", url);
}

/**
 * Shows the list at another address, and says whether it does. `step` is what becomes of the history: "replace", "push", or
 * "stay" where the browser has gone to the address already.
 */
export async function showList(list, url, step = "replace") {
  if (url.href === addressOf(list).href && !running.has(list)) return false;
  setAddress(list, url);
  running.get(list)?.abort();
  const mine = new AbortController();
  running.set(list, mine);
  list.setAttribute("aria-busy", "true");
  try {
    const fresh = await fragment(url, "list", REGION, mine.signal);
    if (running.get(list) !== mine) return false;
    if (!fresh) {
      location.assign(url);
      return false;
    }
    const region = list.querySelector(REGION);
    const restoreFocus = keepFocus(region);
    region.replaceChildren(...fresh.childNodes);
    restoreFocus();
    tell(list, fresh.dataset);
    note(url, step);
    list.dispatchEvent(new CustomEvent("list-replaced", { bubbles: true }));
    return true;
  } catch (error) {
    if (error.name === "AbortError") return false;
    // What is shown is still what the page's own address says.
    setAddress(list, location);
    toast("No answer from the server. Press Enter to try again.");
    return false;
  } finally {
    if (running.get(list) === mine) {
      running.delete(list);
      list.removeAttribute("aria-busy");
    }
  }
}

function bind(list) {
  let timer = 0;
  const ask = (form) => {
    clearTimeout(timer);
    showList(list, addressAskedFor(list, form));
  };
  const live = (event) => event.target.closest('form[data-list-form="live"]');

  list.addEventListener("input", (event) => {
    const form = live(event);
    if (!form) return;
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT, form);
  });
  list.addEventListener("compositionend", (event) => live(event) && ask(live(event)));
  list.addEventListener("change", (event) => live(event) && ask(live(event)));
  list.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-list-form]");
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    ask(form);
  });
}

for (const list of document.querySelectorAll("[data-list]")) bind(list);
