// data-upload on a form with a file: it is sent with its progress shown (data-upload-progress, hidden until then) and a button
// that breaks it off (data-upload-stop). data-largest: most bytes, so that nobody waits for a refusal that is certain.
// What the server says is put in place of the page's main part; a page to go on to is gone to.
import { toast } from "./toast.js";

const figures = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const size = (bytes) => `${figures.format(bytes / 1_000_000)} MB`;

function send(form) {
  const body = new FormData(form);
  const region = document.querySelector("[data-upload-progress]");
  const bar = region.querySelector("progress");
  const shown = region.querySelector("[data-upload-figures]");
  const parts = [form, region];
  const swap = (sending) => parts.forEach((part) => (part.hidden = sending === (part === form)));
  const request = new XMLHttpRequest();

  const again = (words) => {
    swap(false);
    form.querySelector("[type=submit]").focus();
    toast(words);
  };
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    shown.textContent = loaded === total ? "Looking at it" : `${size(loaded)} of ${size(total)}`;
  });
  request.addEventListener("error", () => again("The upload broke off, and nothing of it was kept. Try again."));
  request.addEventListener("abort", () => again("The upload was cancelled. Nothing of it was kept."));
  request.addEventListener("load", () => {
    const went = new URL(request.responseURL);
    if (went.pathname !== location.pathname) {
      location.assign(went);
      return;
    }
    answered(form, new DOMParser().parseFromString(request.responseText, "text/html"));
  });
  region.querySelector("[data-upload-stop]").onclick = () => request.abort();
  swap(true);
  region.querySelector("[data-upload-stop]").focus();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.send(body);
}

// Refused: the same page, or one that says why, with what was chosen.
function answered(form, page) {
  const { files } = form.querySelector("[type=file]");
  const main = page.querySelector("main");
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  const field = main.querySelector("[type=file]");
  if (field) field.files = files;
  (main.querySelector("[autofocus]") ?? main.querySelector("h1"))?.focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("upload" in form.dataset)) return;
  const file = form.querySelector("[type=file]").files[0];
  // None chosen, or an empty one: the server says so.
  if (!file?.size) return;
  event.preventDefault();
  if (file.size > Number(form.dataset.largest)) {
    toast(`This file has ${size(file.size)}. A file may be up to ${size(Number(form.dataset.largest))} large: split it.`);
    return;
  }
  send(form);
}, { capture: true });
