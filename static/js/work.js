// data-work: the entries of one's own work in the background. While one of them runs, they are asked for again every
// few seconds; a message that one has ended stays until it is dismissed.
import { fragment } from "./fragment.js";

const EVERY = 3_000; // milliseconds
const AT_MOST = 30_000; // while the server does not answer
const address = `/operations/work?page=${encodeURIComponent(location.pathname)}`;

const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function follow(region) {
  let pause = EVERY;
  while (region.querySelector(".work-entry")) {
    await wait(pause);
    if (document.hidden) continue;
    try {
      const fresh = await fragment(address, "work", "[data-work]");
      if (!fresh) return;
      for (const entry of region.querySelectorAll(".work-entry")) entry.remove();
      region.append(...fresh.childNodes);
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, AT_MOST);
    }
  }
}

const region = document.querySelector("[data-work]");
if (region) follow(region);
