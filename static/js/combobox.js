// data-combobox="address" on a field around a <select multiple>: an editable combobox with a listbox of suggestions (ARIA
// Authoring Practices, "Combobox"), of which several can be chosen. The select stays, hidden, and is what the form sends.
// Suggestions come from the address as <li data-value>, with what is typed as `q`; what is chosen stands above as buttons.
import { fragment } from "./fragment.js";

const PAUSE = 150; // ms without a key before it is asked for

function part(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function enhance(field) {
  const select = field.querySelector("select[multiple]");
  if (!select || field.dataset.comboboxReady) return;
  field.dataset.comboboxReady = "yes";
  const name = select.id;
  const label = field.querySelector("label").textContent;
  const input = part("input", {
    class: "input",
    type: "text",
    id: name,
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${name}-options`,
  });
  for (const attribute of ["aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(attribute)) input.setAttribute(attribute, select.getAttribute(attribute));
  }
  const list = part("ul", {
    class: "combobox-options",
    id: `${name}-options`,
    role: "listbox",
    "aria-label": label,
    "aria-multiselectable": "true",
  });
  list.hidden = true;
  const chosen = part("ul", { class: "combobox-chosen", "aria-label": "Chosen" });
  const status = part("p", { class: "visually-hidden", role: "status" });
  select.removeAttribute("id");
  select.hidden = true;
  select.before(chosen, input, list, status);

  let active = null;
  let timer = 0;
  let asked = null; // what is under way
  const options = () => [...list.children];
  const isChosen = (value) => [...select.selectedOptions].some((option) => option.value === value);

  function point(option) {
    active?.removeAttribute("data-active");
    active = option ?? null;
    if (active) {
      active.dataset.active = "yes";
      input.setAttribute("aria-activedescendant", active.id);
      active.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    point(null);
  }

  function draw(found) {
    const all = found.map((item, place) => {
      const { value } = item.dataset;
      const selected = isChosen(value) ? "true" : "false";
      const attributes = { id: `${name}-option-${place}`, role: "option", "data-value": value, "aria-selected": selected };
      return part("li", attributes, ...[...item.childNodes].map((node) => node.cloneNode(true)));
    });
    list.replaceChildren(...all);
    point(null);
    list.hidden = all.length === 0;
    input.setAttribute("aria-expanded", String(all.length > 0));
    status.textContent = all.length === 0 ? "Nothing found" : `${all.length} found`;
  }

  async function open() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    const address = new URL(field.dataset.combobox, location.href);
    address.searchParams.set("q", input.value);
    try {
      const answer = await fragment(address.href, "suggestions", "ul", signal);
      if (answer && !signal.aborted) draw([...answer.children]);
    } catch {
      // Overtaken by the next key, or there is no answer now: what was suggested stays.
    }
  }

  function showChosen() {
    const buttons = [...select.selectedOptions].map((option) => {
      const remove = part("button", { class: "chip", type: "button" }, part("bdi", {}, option.text), " ");
      remove.append(part("span", { "aria-hidden": "true" }, "×"), part("span", { class: "visually-hidden" }, "Remove"));
      remove.addEventListener("click", () => {
        choose(option.value, option.text);
        input.focus();
      });
      return part("li", {}, remove);
    });
    chosen.replaceChildren(...buttons);
    chosen.hidden = buttons.length === 0;
  }

  // Chooses, or takes the choice back.
  function choose(value, text) {
    let option = [...select.options].find((one) => one.value === value);
    if (!option) {
      option = new Option(text, value);
      select.append(option);
    }
    option.selected = !option.selected;
    for (const item of options()) {
      if (item.dataset.value === value) item.setAttribute("aria-selected", String(option.selected));
    }
    showChosen();
    status.textContent = `${text} ${option.selected ? "chosen" : "removed"}`;
  }

  function take(item) {
    choose(item.dataset.value, item.textContent.trim());
    input.value = "";
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(open, PAUSE);
  });
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("blur", close);
  // The field keeps the focus while one chooses with the pointer.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take(item);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) {
        open().then(() => !event.altKey && point(step > 0 ? list.firstElementChild : list.lastElementChild));
      } else if (event.altKey && step < 0) {
        close();
      } else {
        const place = active ? all.indexOf(active) + step : step > 0 ? 0 : all.length - 1;
        point(all[(place + all.length) % all.length]);
      }
    } else if (event.key === "Enter" && !list.hidden) {
      // Never sends the form while one chooses.
      event.preventDefault();
      if (active) take(active);
      else if (all.length === 1) take(all[0]);
    } else if (event.key === "Escape" && (!list.hidden || input.value)) {
      event.preventDefault();
      event.stopPropagation();
      if (list.hidden) input.value = "";
      close();
    } else if (event.key === "Backspace" && input.value === "") {
      const last = [...select.selectedOptions].at(-1);
      if (last) choose(last.value, last.text);
    } else if (event.key === "Home" || event.key === "End") {
      point(null);
    }
  });
  showChosen();
}

const all = (within) => within.querySelectorAll("[data-combobox]").forEach(enhance);
all(document);
document.addEventListener("part-added", (event) => all(event.target));
