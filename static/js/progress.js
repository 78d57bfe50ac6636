// data-progress on a region: asks once a second for its present state (same address, X-Fragment: progress) and puts
// it in place, until it carries data-done. A value of data-done is the address to go on to. Once a form is on its way
// ("Cancel import") the page stays as it is: going on would take the form back.
import { fragment } from "./fragment.js";

const EVERY = 1_000; // milliseconds
const AT_MOST = 15_000; // while the server does not answer

let leaving = false;
addEventListener("submit", (event) => {
  leaving = !event.defaultPrevented;
});
addEventListener("pageshow", () => {
  leaving = false;
});

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function follow(region) {
  let pause = EVERY;
  while (!("done" in region.dataset)) {
    await wait(pause);
    if (document.hidden) continue;
    try {
      const fresh = await fragment(location.href, "progress", "[data-progress]");
      if (leaving) return;
      if (!fresh) {
        location.reload();
        return;
      }
      region.replaceChildren(...fresh.childNodes);
      if ("done" in fresh.dataset) region.dataset.done = fresh.dataset.done;
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, AT_MOST);
    }
  }
  if (region.dataset.done && !leaving) location.replace(region.dataset.done);
}

for (const region of document.querySelectorAll("[data-progress]:not([data-done])")) follow(region);
