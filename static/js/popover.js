// data-closes-itself on a popover of actions: it closes once one of them is pressed, so that what comes of it is in sight.
document.addEventListener(
  "click",
  (event) => {
    const popover = event.target.closest("a, button")?.closest("[data-closes-itself]");
    if (popover?.matches(":popover-open")) popover.hidePopover();
  },
  { capture: true },
);
