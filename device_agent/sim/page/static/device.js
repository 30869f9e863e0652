// The tab of the device: its settings, its clock, more phones, and the way back to an empty one.

import { addPhone, chosenPhone, send } from "./api.js";
import { element, labelled, option } from "./element.js";
import { forms } from "./forms.js";
import { say, trying } from "./notices.js";
import { inEachLanguage, language, word, wordOf } from "./words.js";

const CHOICES = { locale: ["zh_CN", "en"] };
const HINTS = {
  screen: ["720x1280", "720x1600", "1080x1920", "1080x2400", "1440x3200"],
  font_scale: ["0.85", "1", "1.15", "1.3", "1.6"],
};
const NUMBERS = { layout_seed: "1", font_scale: "0.05", transition_ms: "50", rpc_delay_ms: "10" };
const SPEEDS = ["0", "1", "10", "60", "600", "3600"];
const STEPS = { minute: 60, hour: 3600, day: 86_400 };

let device = null;
let speed = 1;
let drawn = "";

const settings = element("form", { class: "card", id: "settings" });
const clock = element("form", { class: "card", id: "clock-form" });
const fleet = element("form", { class: "card", id: "fleet" });
const reset = element("section", { class: "card" });
const dialog = element("dialog", { class: "ask" });

export function showDevice(glance) {
  device = glance.device;
  speed = glance.clock.speed;
  const seen = JSON.stringify([device, speed, language(), chosenPhone()]);
  if (seen === drawn) return;
  drawn = seen;
  draw();
}

function draw() {
  if (!device) return;
  drawSettings();
  drawClock();
  drawFleet();
  drawReset();
}

// Settings: whatever the device has, by the type of its value.

function drawSettings() {
  const fields = Object.entries(device).map(([name, value]) => {
    const text = wordOf("d", name);
    return labelled(text, setting(name, value));
  });
  settings.replaceChildren(
    element("h3", {}, word("device")),
    element("div", { class: "grid" }, ...fields),
    element("p", { class: "acts" }, element("button", { class: "main" }, word("save"))),
  );
}

function setting(name, value) {
  if (typeof value === "boolean") return element("input", { type: "checkbox", name, checked: value });
  if (CHOICES[name]) {
    const values = CHOICES[name].includes(value) ? CHOICES[name] : [value, ...CHOICES[name]];
    return element("select", { name }, ...values.map((one) => option(one, one, one === value)));
  }
  const number = name in NUMBERS || typeof value === "number";
  const field = element("input", { name, value: value ?? "", type: number ? "number" : "text" });
  if (number) field.step = "any";
  const offered = name === "wechat_version" ? forms().versions : HINTS[name];
  if (!offered) return field;
  const id = `hints-${name}`;
  field.setAttribute("list", id);
  const hints = element("datalist", { id }, ...offered.map((one) => option(one)));
  return element("span", {}, field, hints);
}

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type !== "number") return field.value;
  return field.value === "" ? null : Number(field.value);
}

async function saveSettings(event) {
  event.preventDefault();
  const changes = {};
  for (const one of settings.elements) {
    if (one.name && valueOf(one) !== device[one.name]) changes[one.name] = valueOf(one);
  }
  if (await trying(() => send("PATCH", "/device", changes))) say(word("saved"));
}

// The clock.

function drawClock() {
  const pace = element("input", { name: "speed", type: "number", min: "0", step: "any", value: speed, list: "speeds" });
  const speeds = element("datalist", { id: "speeds" }, ...SPEEDS.map((one) => option(one)));
  const steps = Object.entries(STEPS).map(([name, seconds]) =>
    element("button", { type: "button", onclick: () => setClock({ advance_s: seconds }) }, `+ ${word(name)}`),
  );
  clock.replaceChildren(
    element("h3", {}, word("clock")),
    element("p", { class: "about" }, word("clockAbout")),
    element("div", { class: "line-up" }, labelled(word("speed"), pace), speeds, element("button", { class: "main" }, word("save"))),
    element("div", { class: "line-up" }, element("span", {}, word("advance")), ...steps),
  );
}

function setClock(changes) {
  return trying(() => send("POST", "/clock", changes));
}

async function saveClock(event) {
  event.preventDefault();
  if (await setClock({ speed: Number(clock.elements.speed.value) })) say(word("saved"));
}

// More phones.

function drawFleet() {
  fleet.replaceChildren(
    element("h3", {}, word("phones")),
    element("div", { class: "line-up" }, [
      labelled(word("serial"), element("input", { name: "serial", required: true, pattern: "\\S+", placeholder: "SIM0002" })),
      element("button", {}, word("addPhone")),
    ]),
  );
}

async function plugIn(event) {
  event.preventDefault();
  const made = await trying(() => addPhone(fleet.elements.serial.value.trim()));
  if (!made) return;
  fleet.elements.serial.value = "";
  say(word("added", { serial: made.serial }));
}

// The way back.

function drawReset() {
  const ask = element("button", { type: "button", class: "danger", id: "reset" }, word("reset"));
  ask.addEventListener("click", () => dialog.showModal());
  reset.replaceChildren(element("h3", {}, word("reset")), element("p", { class: "about" }, word("resetAbout")), ask);
  const yes = element("button", { type: "button", class: "danger" }, word("reset"));
  const no = element("button", { type: "button", onclick: () => dialog.close() }, word("cancel"));
  yes.addEventListener("click", async () => {
    dialog.close();
    const done = await trying(() => send("POST", "/reset"));
    if (done !== undefined) say(word("emptied"));
  });
  const text = word("resetAsk", { serial: chosenPhone() });
  dialog.replaceChildren(element("p", {}, text), element("p", { class: "acts" }, no, yes));
}

export function openDevice() {
  document.getElementById("device").append(settings, clock, fleet, reset, dialog);
  settings.addEventListener("submit", saveSettings);
  clock.addEventListener("submit", saveClock);
  fleet.addEventListener("submit", plugIn);
  inEachLanguage(draw);
}
