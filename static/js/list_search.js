// Search as you type. data-list is the section; in it, form data-list-search (GET) holds search and filters and
// data-list-region is the part that a new answer replaces. The server answers with that part alone when asked
// with X-Fragment: list. Other attributes: data-list-summary (the count, read out), data-list-status (where),
// data-filter-count (in the filters' summary: how many are set).
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
      // Typing is one step of the history, however many keys it takes.
      history.replaceState(history.state, "", url);
      countFilters(form);
      announce();
      list.dispatchEvent(new CustomEvent("list-replaced", { bubbles: true }));
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = "";
      toast("No answer from the server. Press Enter to try again.");
    } finally {
      if (running === mine) list.removeAttribute("aria-busy");
    }
  }

  function announce() {
    const status = list.querySelector("[data-list-status]");
    const summary = list.querySelector("[data-list-summary]");
    if (status) status.textContent = summary ? summary.textContent : "Nothing found";
  }

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(update, WAIT);
  });
  form.addEventListener("compositionend", update);
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });
}

for (const list of document.querySelectorAll("[data-list]")) bind(list);
