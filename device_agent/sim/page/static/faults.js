// The tab of the fault knobs: arm them, see what is armed, and see them strike.

import { send } from "./api.js";
import { element, labelled, option, sentence } from "./element.js";
import { forms } from "./forms.js";
import { KNOBS, PARAMETERS } from "./knobs.js";
import { say, trying } from "./notices.js";
import { inEachLanguage, language, word, wordOf } from "./words.js";

const cards = new Map();
let live = {};

const find = element("input", { type: "search", id: "find-fault" });
const only = element("input", { type: "checkbox", id: "only-live" });
const onlyText = element("span");
const disarm = element("button", { type: "button", class: "danger", id: "disarm" });
const list = element("div", { class: "knobs" });
const none = element("p", { class: "empty", hidden: true });
const count = document.getElementById("armed");

export function showFaults(glance) {
  const before = live;
  live = glance.faults;
  let armed = 0;
  for (const [name, card] of cards) {
    const { left = 0, struck = 0 } = live[name] || {};
    armed += left > 0 ? 1 : 0;
    badge(card.left, left, "left");
    badge(card.struck, struck, "struck");
    card.root.classList.toggle("armed", left > 0);
    if (struck > (before[name]?.struck || 0)) flash(card.struck);
  }
  count.hidden = armed === 0;
  count.textContent = armed;
  sift();
}

function badge(node, value, key) {
  const text = value ? word(key, { count: value }) : "";
  node.hidden = !value;
  if (node.textContent !== text) node.textContent = text;
}

function flash(node) {
  node.classList.remove("flash");
  void node.offsetWidth; // starts the animation anew
  node.classList.add("flash");
}

function sift() {
  const text = find.value.trim().toLowerCase();
  let found = 0;
  for (const section of list.children) {
    let any = false;
    for (const card of section.querySelectorAll(".knob")) {
      const lit = live[card.dataset.fault];
      const fits = card.dataset.words.includes(text) && (!only.checked || Boolean(lit));
      card.hidden = !fits;
      any ||= fits;
      found += fits ? 1 : 0;
    }
    section.hidden = !any;
  }
  none.hidden = found > 0;
}

// The cards.

function draw() {
  find.placeholder = word("findFault");
  find.setAttribute("aria-label", word("findFault"));
  onlyText.textContent = word("onlyLive");
  disarm.textContent = word("disarmAll");
  none.textContent = word("noFault");
  cards.clear();
  const groups = grouped(forms().faults);
  list.replaceChildren(...[...groups].map(([group, knobs]) => section(group, knobs)));
  showFaults({ faults: live });
}

function grouped(knobs) {
  const groups = new Map();
  for (const one of knobs) groups.set(one.group, [...(groups.get(one.group) || []), one]);
  return groups;
}

function section(group, knobs) {
  const heading = element("h3", {}, wordOf("group", group));
  return element("section", { "data-group": group }, heading, ...knobs.map(card));
}

function about(knob) {
  return language() === "zh" ? KNOBS[knob.name] || knob.about : knob.about;
}

function card(knob) {
  const left = element("span", { class: "chip left", title: word("leftAbout"), hidden: true });
  const struck = element("span", { class: "chip struck", title: word("struckAbout"), hidden: true });
  const form = element("form", { class: "parameters", id: `parameters-${knob.name}`, hidden: true });
  const more = element("button", {
    type: "button",
    class: "plain",
    "aria-expanded": "false",
    "aria-controls": form.id,
  }, word("details"));
  more.addEventListener("click", () => {
    form.hidden = !form.hidden;
    more.setAttribute("aria-expanded", String(!form.hidden));
  });
  const arm = element("button", { class: "arm", form: form.id });
  form.append(...parameters(knob));
  const name = () => {
    // What waits for no operation happens at the press of the button.
    const { on, after } = form.elements;
    const now = knob.at_once && on.value === "any" && Number(after.value) === 0;
    arm.textContent = word(now ? "armNow" : "arm");
  };
  form.addEventListener("input", name);
  name();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    armWith(knob, form);
  });
  const text = element("div", { class: "text" }, element("code", {}, knob.name), element("p", {}, ...sentence(about(knob))));
  const acts = element("div", { class: "acts" }, left, struck, more, arm);
  const root = element("article", {
    class: "knob",
    "data-fault": knob.name,
    "data-words": `${knob.name} ${about(knob)}`.toLowerCase(),
  }, text, acts, form);
  cards.set(knob.name, { root, left, struck });
  return root;
}

function parameters(knob) {
  const on = element("select", { name: "on" }, ...knob.on.map((one) => option(one, wordOf("on", one))));
  return [
    labelled(word("on"), on, word("onAbout")),
    labelled(word("times"), number("times", 1, 1), word("timesAbout")),
    labelled(word("after"), number("after", 0, 0), word("afterAbout")),
    ...knob.parameters.map((one) => {
      const zh = language() === "zh" && PARAMETERS[one.name];
      const field = number(one.name, one.default, one.least, one.most, one.whole);
      return labelled(zh ? `${one.name} · ${zh}` : one.name, field, one.about);
    }),
  ];
}

function number(name, value, min, max, whole = true) {
  return element("input", { type: "number", name, value, min, max, step: whole ? "1" : "any", required: true });
}

async function armWith(knob, form) {
  const body = { name: knob.name };
  for (const one of form.elements) {
    if (one.name) body[one.name] = one.type === "number" ? Number(one.value) : one.value;
  }
  await trying(() => send("POST", "/faults", body));
}

export function openFaults() {
  const bar = element("div", { class: "bar" }, find, element("label", { class: "check" }, only, onlyText), disarm);
  document.getElementById("faults").append(bar, list, none);
  find.addEventListener("input", sift);
  only.addEventListener("change", sift);
  disarm.addEventListener("click", async () => {
    const done = await trying(() => send("DELETE", "/faults"));
    if (done !== undefined) say(word("disarmed"));
  });
  inEachLanguage(draw);
}
