// data-password-rules="address": says, while a new password is typed, which rules it meets. The server judges, here and when the form is sent.
// data-shortest: how many characters it needs; data-words: the person's own words; data-words-from: fields of the form that hold some.
const PAUSE = 250;

for (const box of document.querySelectorAll("[data-password-rules]")) {
  const field = box.querySelector("input");
  const list = box.querySelector("[data-rules]");
  const said = box.querySelector("[data-rules-said]");
  const form = field?.form;
  if (!form || !list) continue;
  let pause = 0;
  let asked = null;

  const words = () => {
    const named = box.dataset.wordsFrom.split(" ").filter(Boolean);
    return [box.dataset.words, ...named.map((name) => form.elements[name]?.value ?? "")].join("\n");
  };

  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    const body = new URLSearchParams({
      csrf: form.elements.csrf.value,
      password: field.value,
      shortest: box.dataset.shortest,
      words: words(),
    });
    try {
      const answer = await fetch(box.dataset.passwordRules, {
        method: "POST",
        body,
        credentials: "same-origin",
        cache: "no-store",
        signal: asked.signal,
      });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-rules]");
      if (!fresh) return;
      const met = fresh.querySelectorAll(".rule-met").length;
      const text = field.value ? `${met} of ${fresh.children.length} password rules met` : "";
      if (said.textContent !== text) said.textContent = text;
      list.replaceChildren(...fresh.children);
    } catch {
      // Not judged now; it is when the form is sent.
    }
  };

  const soon = () => {
    clearTimeout(pause);
    pause = setTimeout(look, PAUSE);
  };
  field.addEventListener("input", soon);
  // Once it is sent, the session that an answer would belong to may be gone.
  form.addEventListener("submit", () => {
    clearTimeout(pause);
    asked?.abort();
  });
  if (field.value) soon();
}
