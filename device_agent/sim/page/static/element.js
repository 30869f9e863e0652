// Builds elements. Texts go in as text, never as markup: what friends write stays inert.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "open"]);

export function element(kind, traits = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) made[name] = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return made;
}

export function option(value, text = value, chosen = false) {
  return element("option", { value, selected: chosen }, text);
}

/** A field with its label around it. */
export function labelled(text, field, about = "") {
  return element("label", { class: "field", title: about || undefined }, [
    element("span", {}, text),
    field,
  ]);
}

/** A sentence whose `marked` words are code. */
export function sentence(text) {
  return text.split("`").map((one, place) => (place % 2 ? element("code", {}, one) : one));
}

/** Give a list these rows, keeping those whose key it has: what is pointed at, or selected, stays. */
export function refill(list, rows) {
  const old = new Map([...list.children].map((row) => [row.dataset.key, row]));
  let next = list.firstElementChild;
  for (const { key, make } of rows) {
    const row = old.get(key) || make();
    old.delete(key);
    row.dataset.key = key;
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  for (const row of old.values()) row.remove();
}
