// Single keys, for readers who have them switched on (data-single-keys on the body): while nothing is being typed and
// nothing floats above the page. "?" opens the help, <dialog id="keys">.
const FIELD = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const FLOATS = "dialog[open], [data-popup][data-open], :popover-open:not(.tip)";
const actions = new Map();

/**
 * Does `action` when `key` is pressed; one that finds nothing to do gives false, and the browser has the key.
 * `repeats`: also again and again while the key is held.
 */
export function onKey(key, action, { repeats = false } = {}) {
  actions.set(key, { action, repeats });
}

document.addEventListener("keydown", (event) => {
  const known = actions.get(event.key);
  if (!known || !("singleKeys" in document.body.dataset)) return;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.(FIELD) || document.querySelector(FLOATS)) return;
  if (event.repeat && !known.repeats) return;
  if (known.action(event) !== false) event.preventDefault();
});

onKey("?", () => {
  const help = document.getElementById("keys");
  if (!help) return false;
  help.showModal();
  return true;
});
