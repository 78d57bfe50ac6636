// data-keeps-place on a part that scrolls by itself: stands where it stood when its page is gone back to. (The browser does
// that for the page as a whole.)
const WAIT = 150; // milliseconds after the last movement

for (const part of document.querySelectorAll("[data-list]")) {
  const frame = () => part.querySelector("[data-keeps-place]");
  let timer = 0;
  let across = 0;
  const keep = () => {
    const { scrollLeft, scrollTop } = frame() ?? {};
    history.replaceState({ ...history.state, place: [scrollLeft, scrollTop] }, "");
  };
  // Scrolling does not bubble, but can be caught on its way down.
  part.addEventListener(
    "scroll",
    (event) => {
      if (event.target !== frame()) return;
      across = event.target.scrollLeft;
      clearTimeout(timer);
      timer = setTimeout(keep, WAIT);
    },
    { capture: true, passive: true },
  );
  const place = history.state?.place;
  if (place) frame()?.scrollTo(...place);
  // Other rows begin at their own beginning, under the same columns.
  part.addEventListener("list-replaced", () => {
    clearTimeout(timer);
    frame()?.scrollTo(across, 0);
  });
}
