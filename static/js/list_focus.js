// What has the focus within a part of the page that is about to be replaced has it again afterwards.
const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, [tabindex='0']";
const nameOf = (part) => part.getAttribute("aria-label") ?? part.title ?? part.textContent;
const called = (part) => nameOf(part) || part.textContent.trim();

/** Notes what has the focus in `region`; what it gives puts the focus back once the region has its new content. */
export function keepFocus(region) {
  const active = document.activeElement;
  if (active === document.body || !region.contains(active)) return () => {};
  const find = finder(region, active);
  return () => {
    let target = find();
    if (!target) {
      region.tabIndex = -1;
      target = region;
    }
    target.focus({ preventScroll: true });
  };
}

function finder(region, active) {
  const row = active.closest("[data-row]");
  if (row) {
    const part = [...row.querySelectorAll(FOCUSABLE)].indexOf(active);
    const place = [...region.querySelectorAll("[data-row]")].indexOf(row);
    return () => {
      const rows = [...region.querySelectorAll("[data-row]")];
      const same = rows.find((other) => other.dataset.row === row.dataset.row) ?? rows[Math.min(place, rows.length - 1)];
      return same?.querySelectorAll(FOCUSABLE)[part];
    };
  }
  // The same thing again, or, if it has gone (the last page has no next one), its neighbour.
  const [name, around] = [called(active), active.parentElement.closest("[class]").classList[0]];
  return () => {
    if (active.id) return region.querySelector(`#${CSS.escape(active.id)}`);
    const all = [...region.querySelectorAll(FOCUSABLE)];
    return all.find((part) => called(part) === name) ?? all.find((part) => part.closest(`.${CSS.escape(around)}`));
  };
}
