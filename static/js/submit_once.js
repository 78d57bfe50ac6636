// A POST form is sent once, however often its button is pressed. data-again on a form lets it be sent again
// (a download, say, after which the page stays).
const RELEASE_AFTER = 15_000; // milliseconds; a lost connection must not leave a dead form

function release(form) {
  delete form.dataset.sent;
  for (const button of form.ownerDocument.querySelectorAll("button[aria-busy]")) {
    if (button.form === form) button.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const method = button?.getAttribute("formmethod") ?? form.method;
  if (event.defaultPrevented || method !== "post" || "again" in form.dataset) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  button?.setAttribute("aria-busy", "true");
  setTimeout(release, RELEASE_AFTER, form);
});

// Back to a page that the browser kept as it was.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});
