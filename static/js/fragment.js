// Asks the server for one part of a page: same address, header X-Fragment, answered with that part's HTML alone.
import { settled } from "./selection_queue.js";

/**
 * Fetches `url` and returns the element in the answer that matches `selector`, or null if the answer is something
 * else (signed out, refused, moved): then the caller lets the browser load the address itself. Throws when there
 * is no answer, or one that says "later" (5xx).
 */
export async function fragment(url, name, selector, signal) {
  // What is asked for must know of the last tick.
  await settled();
  signal?.throwIfAborted();
  document.dispatchEvent(new Event("list-asked"));
  const answer = await fetch(url, {
    headers: { "X-Fragment": name, Accept: "text/html" },
    credentials: "same-origin",
    cache: "no-store",
    signal,
  });
  if (answer.status >= 500) throw new Error(`the server answered ${answer.status}`);
  if (!answer.ok || answer.redirected) return null;
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  return parsed.querySelector(selector);
}
