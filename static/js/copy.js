// data-copy="id" on a button: copies the value or text of that element.
import { toast } from "./toast.js";

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.innerText.trim());
    toast("Copied");
  } catch {
    // No clipboard on plain http: leave it selected, one key from copied.
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    toast("Selected. Press Ctrl+C to copy");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (source) copy(source);
});
