// Says one line in the page's data-toast region, which screen readers read out.
const STAYS = 4_000; // milliseconds
const region = document.querySelector("[data-toast]");
let timer = 0;

/** Shows `text` for a few seconds. */
export function toast(text) {
  if (!region) return;
  clearTimeout(timer);
  region.textContent = text;
  timer = setTimeout(() => region.replaceChildren(), STAYS);
}
