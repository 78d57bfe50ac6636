// Which address a list stands at, and which one a form of it asks for. What a form does not ask for itself is taken from
// the address, not from its hidden fields: those were drawn for an earlier one.
const wanted = new WeakMap(); // list -> the address asked for last
const PLACE = ["after", "before", "from"];

/** The address that the list shows or is about to show, without what is only open above it. */
export function addressOf(list) {
  const url = new URL(wanted.get(list) ?? location.href);
  url.searchParams.delete("panel");
  url.searchParams.delete("move");
  url.hash = "";
  return url;
}

export function setAddress(list, url) {
  wanted.set(list, url.href);
}

/** The address that a form of the list asks for. */
export function addressAskedFor(list, form) {
  const url = addressOf(list);
  for (const name of PLACE) url.searchParams.delete(name);
  const own = new Set([...form.elements].filter((control) => control.name && control.type !== "hidden").map((control) => control.name));
  const said = new FormData(form);
  for (const name of own) {
    const values = said.getAll(name).filter((value) => value !== "");
    if (values.length > 0) url.searchParams.set(name, values.join(","));
    else url.searchParams.delete(name);
  }
  return url;
}
