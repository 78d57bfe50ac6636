// Search as you type. data-list is the section. In it:
//   form data-list-search (GET)   holds search and filters.
//   data-list-region              the part that a new answer replaces; the server answers with it alone when asked with
//                                 X-Fragment: list. Its data-total says how many there are, in words.
//   data-list-total, -status      where that is shown (anywhere on the page) and read out.
//   data-filter-count             in the filters' summary: how many are set.
// What stands outside the region was drawn for an earlier search and is made to keep the present one:
//   form data-list-carries (GET)  its hidden fields.
//   link data-list-drops="name"   leads to the list without that one parameter.
import { fragment } from "./fragment.js";
import { toast } from "./toast.js";

const WAIT = 120; // milliseconds after the last key
const REGION = "[data-list-region]";

function address(form) {
  const url = new URL(form.action);
  const fields = [...new FormData(form)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(fields).toString();
  return url;
}

function countFilters(form) {
  const count = form.querySelector("[data-filter-count]");
  if (!count) return;
  const set = [...count.closest("details").querySelectorAll("select, input")].filter((control) =>
    control.type === "checkbox" || control.type === "radio" ? control.checked && control.value : control.value,
  );
  count.textContent = set.length || "";
}

function carryOn(list, url) {
  for (const form of list.querySelectorAll("form[data-list-carries]")) {
    for (const field of form.querySelectorAll("input[type=hidden]")) field.remove();
    const own = new Set([...form.elements].map((control) => control.name));
    for (const [name, value] of url.searchParams) {
      if (!own.has(name)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }
  for (const link of list.querySelectorAll("a[data-list-drops]")) {
    const target = new URL(url);
    target.searchParams.delete(link.dataset.listDrops);
    link.href = target.href;
  }
}

// How many there are now: beside the page's heading, and for those who do not see it.
function tell(list, total) {
  if (total === undefined) return;
  for (const part of document.querySelectorAll("[data-list-total]")) part.textContent = total;
  const status = list.querySelector("[data-list-status]");
  if (status) status.textContent = total;
}

function bind(list) {
  const form = list.querySelector("[data-list-search]");
  if (!form) return;
  let timer = 0;
  let running = null;
  let shown = address(form).href;

  async function update() {
    clearTimeout(timer);
    const url = address(form);
    if (url.href === shown) return;
    shown = url.href;
    running?.abort();
    const mine = new AbortController();
    running = mine;
    list.setAttribute("aria-busy", "true");
    try {
      const fresh = await fragment(url, "list", REGION, mine.signal);
      if (running !== mine) return;
      if (!fresh) {
        location.assign(url);
        return;
      }
      list.querySelector(REGION).replaceChildren(...fresh.childNodes);
      tell(list, fresh.dataset.total);
      // Typing is one step of the history, however many keys it takes.
      history.replaceState(history.state, "", url);
      countFilters(form);
      carryOn(list, url);
      list.dispatchEvent(new CustomEvent("list-replaced", { bubbles: true }));
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = "";
      toast("No answer from the server. Press Enter to try again.");
    } finally {
      if (running === mine) list.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(update, WAIT);
  });
  form.addEventListener("compositionend", update);
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // "Apply" has nothing left to do but to close what it lies in.
    const popup = event.submitter?.closest("details");
    if (popup) {
      popup.open = false;
      popup.querySelector("summary").focus();
    }
    update();
  });
}

for (const list of document.querySelectorAll("[data-list]")) bind(list);
