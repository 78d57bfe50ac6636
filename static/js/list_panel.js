// data-panel="name" on a link inside data-popup: opens that panel of its list instead of loading the page with it open.
// The panel (data-panel-content) is asked for alone (X-Fragment: panel), so a page carries none until one is wanted.
// While it is open it keeps in step with the list: the parts of it that have an id and data-fresh. A link in it with
// data-closes closes it as well.
import { fragment } from "./fragment.js";
import { addressOf } from "./list_address.js";
import { showList } from "./list_search.js";
import { closePopup } from "./popup.js";

const CONTENT = "[data-panel-content]";
const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

function addressWith(list, panel) {
  const url = addressOf(list);
  url.searchParams.set("panel", panel);
  return url;
}

async function open(list, link) {
  const popup = link.closest("[data-popup]");
  const url = addressWith(list, link.dataset.panel);
  link.setAttribute("aria-busy", "true");
  try {
    const content = await fragment(url, "panel", CONTENT);
    if (!content) {
      location.assign(url);
      return;
    }
    popup.querySelector(CONTENT)?.remove();
    popup.append(content);
    popup.dataset.open = "";
    link.setAttribute("aria-expanded", "true");
    content.querySelector("select, input:not([type=hidden], :disabled), a, button")?.focus();
  } catch {
    location.assign(url);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function refresh(list) {
  for (const link of list.querySelectorAll("a[data-panel]")) link.href = addressWith(list, link.dataset.panel);
  const popup = list.querySelector("[data-popup][data-open]");
  if (!popup) return;
  const asked = addressOf(list).href;
  const name = popup.querySelector("a[data-panel]").dataset.panel;
  const fresh = await fragment(addressWith(list, name), "panel", CONTENT).catch(() => null);
  // The list has gone on meanwhile: what is coming for that is newer than this.
  if (addressOf(list).href !== asked) return;
  for (const part of fresh?.querySelectorAll("[data-fresh][id]") ?? []) {
    const mine = popup.querySelector(`#${CSS.escape(part.id)}`);
    // Options that move from one field to another take the choice along as they go: said again afterwards.
    const { value } = part;
    mine?.replaceChildren(...part.childNodes);
    if (value !== undefined && mine) mine.value = value;
  }
  for (const field of fresh?.querySelectorAll("input[type=number][id]") ?? []) {
    const mine = popup.querySelector(`#${CSS.escape(field.id)}`);
    if (mine && mine !== document.activeElement) mine.value = field.value;
  }
}

function bind(list) {
  list.addEventListener("click", (event) => {
    if (!plain(event)) return;
    const link = event.target.closest("a");
    if (!link) return;
    if ("panel" in link.dataset) {
      event.preventDefault();
      const popup = link.closest("[data-popup]");
      if ("open" in popup.dataset) closePopup(popup);
      else open(list, link);
    } else if (link.closest(CONTENT) && !("dialogPage" in link.dataset) && !("wholePage" in link.dataset)) {
      // A link inside a panel is another address of the same list, unless it says that it is more.
      event.preventDefault();
      if ("closes" in link.dataset) closePopup(link.closest("[data-popup]"), { focus: true });
      showList(list, new URL(link.href));
    }
  });
  // "Apply" and "Show" have nothing left to do but to close what they lie in.
  list.addEventListener("submit", (event) => {
    const popup = event.target.closest(CONTENT)?.closest("[data-popup]");
    if (popup) closePopup(popup, { focus: true });
  });
  list.addEventListener("list-replaced", () => refresh(list));
}

for (const list of document.querySelectorAll("[data-list]")) bind(list);
