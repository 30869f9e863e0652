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

/** Put new rows into a list only where they changed: what is pointed at, or selected, stays. */
export function refill(list, rows) {
  const old = [...list.children];
  rows.forEach(({ key, make }, place) => {
    const here = old[place];
    if (here?.dataset.key === key) return;
    const row = make();
    row.dataset.key = key;
    if (here) here.replaceWith(row);
    else list.append(row);
  });
  old.slice(rows.length).forEach((row) => row.remove());
}
