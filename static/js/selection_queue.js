// Changes of a selection on their way to the server, one answer after the other, so that fast clicking keeps its order.
// What is ticked while an answer is awaited goes out together. Says selection-changed on the document with the tray that
// came back, selection-failed with the reason after what did not arrive has been undone.

const waiting = []; // batches; the first is on its way if `running`
let running = false;
let listeners = []; // told when nothing waits any more, and whether all of it arrived

/**
 * Sends a change to `address`: { ids, ticked }, { whole: query } or { clear: true }. `expected(count)` says how many will be
 * selected after it if there were so many before; `undo` takes it back on the page.
 */
export function send(address, change, expected, undo) {
  const last = waiting.at(-1);
  const joins = "ids" in change && last && last.address === address && !(running && waiting.length === 1);
  const batch = joins ? last : { address, items: new Map(), expected: [], undo: [] };
  if (!joins) waiting.push(batch);
  for (const id of change.ids ?? []) batch.items.set(id, change.ticked);
  if ("whole" in change) batch.whole = change.whole;
  if (change.clear) batch.clear = true;
  batch.expected.push(expected);
  batch.undo.push(undo);
  if (!running) run();
}

/** How many will be selected once all that waits has arrived. */
export const countAfter = (count) => waiting.flatMap((batch) => batch.expected).reduce((sum, expected) => expected(sum), count);

export const isPending = () => waiting.length > 0;

/** Resolves once nothing waits any more: true if all of it arrived. */
export const settled = () => (isPending() ? new Promise((resolve) => listeners.push(resolve)) : Promise.resolve(true));

function bodyOf(batch) {
  const body = new URLSearchParams({
    csrf: document.querySelector("input[name=csrf]")?.value ?? "",
    page: location.pathname + location.search,
  });
  // The server takes them in this order: clear, whole, add, remove.
  if (batch.clear) body.set("clear", "yes");
  if (batch.whole !== undefined) {
    body.set("whole", "yes");
    body.set("query", batch.whole);
  }
  for (const [id, ticked] of batch.items) body.append(ticked ? "add" : "remove", id);
  return body;
}

const post = (batch) =>
  fetch(batch.address, {
    method: "POST",
    headers: { "X-Fragment": "tray", Accept: "text/html" },
    credentials: "same-origin",
    // It goes on when the reader does.
    keepalive: true,
    body: bodyOf(batch),
  });

async function run() {
  running = true;
  try {
    while (isPending()) {
      const answer = await post(waiting[0]);
      if (answer.redirected) {
        // Signed out: the page itself is led there, and back.
        location.reload();
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok) throw new Error(page.querySelector("[data-reason]")?.textContent ?? "");
      waiting.shift();
      document.dispatchEvent(new CustomEvent("selection-changed", { detail: page.querySelector("[data-selection-tray]") }));
    }
    end(true);
  } catch (error) {
    for (const batch of waiting.splice(0).reverse()) for (const undo of batch.undo.reverse()) undo();
    const reason = error instanceof TypeError || !error.message ? "No answer from the server: the last ticks were not kept." : error.message;
    document.dispatchEvent(new CustomEvent("selection-failed", { detail: reason }));
    end(false);
  } finally {
    running = false;
  }
}

function end(arrived) {
  const told = listeners;
  listeners = [];
  for (const tell of told) tell(arrived);
}

// Whoever leaves takes nothing back: what still waits is sent at once.
addEventListener("pagehide", () => {
  for (const batch of waiting.slice(running ? 1 : 0)) post(batch).catch(() => {});
});
