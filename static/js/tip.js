// data-tip on something with a title: says it above the page, too, while it has the focus: by Tab, or by a press where nothing hovers.
const GAP = 6; // pixels
let tip;

function shown() {
  if (tip) return tip;
  tip = document.createElement("div");
  tip.className = "tip";
  tip.popover = "manual";
  // The title is read out by itself.
  tip.ariaHidden = "true";
  document.body.append(tip);
  return tip;
}

function show(part) {
  const box = shown();
  box.textContent = part.title;
  // Where it stands decides how wide it may get.
  box.style.left = box.style.top = "0";
  box.showPopover();
  const [at, own] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
  // Not the window's: room may be kept for its scroll bar.
  const { right } = document.body.getBoundingClientRect();
  const left = Math.min(Math.max(at.left, GAP), right - own.width - GAP);
  const below = at.bottom + GAP + own.height <= innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${below ? at.bottom + GAP : at.top - GAP - own.height}px`;
}

const hide = () => tip?.matches(":popover-open") && tip.hidePopover();

document.addEventListener("focusin", ({ target }) => (target.matches("[data-tip][title]") ? show(target) : hide()));
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, { capture: true, passive: true });
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
