// Links of a list to itself (pages, orders, page sizes, chips), within data-list-region: the rows are replaced and the page
// stays. Each is a step of the history; going back shows what the server has now, where the reader stood.
import { addressOf } from "./list_address.js";
import { showList } from "./list_search.js";

const PLACE = ["after", "before", "from", "limit"];
const REGION = "[data-list-region]";

const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
const placeOf = (url) => PLACE.map((name) => url.searchParams.get(name)).join();

// Other rows are read from the first.
function toFirstRow(list) {
  const region = list.querySelector(REGION);
  if (region.getBoundingClientRect().top < 0) region.scrollIntoView({ block: "start" });
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const list = link?.closest(REGION)?.closest("[data-list]");
  if (!list || event.defaultPrevented || !isPlain(event) || link.target) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== location.pathname || url.hash) return;
  event.preventDefault();
  const turned = placeOf(url) !== placeOf(addressOf(list));
  const shown = await showList(list, url, "push");
  if (shown && turned) toFirstRow(list);
});

addEventListener("popstate", async () => {
  const scroll = history.state?.scroll;
  for (const list of document.querySelectorAll("[data-list]")) {
    const search = list.querySelector("input[type=search]");
    if (search) search.value = new URL(location).searchParams.get(search.name) ?? "";
    const shown = await showList(list, new URL(location), "stay");
    if (shown && scroll !== undefined) scrollTo({ top: scroll, behavior: "instant" });
  }
});
