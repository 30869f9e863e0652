// Opens the page: the phone on the left, the tabs on the right, and a glance at it again and again.

import { choosePhone, chosenPhone, getChanged, phones } from "./api.js";
import { openDevice, showDevice } from "./device.js";
import { option, refill } from "./element.js";
import { openFaults, showFaults } from "./faults.js";
import { learnForms } from "./forms.js";
import { mark, openScreen, showScreen, turnAway } from "./screen.js";
import { openTruth, showTruth } from "./truth.js";
import { inEachLanguage, switchLanguage, word, wordOf } from "./words.js";
import { forgetChats, openWriting, showWriting } from "./writing.js";

const GLANCE_MS = 200;
const HIDDEN_MS = 2000;
const AWAY_MS = 1000;
const PHONES_MS = 3000;

const lamp = document.getElementById("lamp");
const clock = document.getElementById("clock");
const chooser = document.getElementById("phones");

let tag = "";
let glance = null;
let seenTaps = null;
let seenAt = 0;

// The tabs.

function chooseTab(name) {
  for (const tab of document.querySelectorAll("[data-tab]")) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.dataset.tab).hidden = !chosen;
  }
  remember({ tab: name });
}

function openTabs() {
  const tabs = [...document.querySelectorAll("[data-tab]")];
  for (const [place, tab] of tabs.entries()) {
    tab.setAttribute("aria-controls", tab.dataset.tab);
    tab.addEventListener("click", () => chooseTab(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      next.focus();
      chooseTab(next.dataset.tab);
    });
  }
  const wanted = remembered().get("tab");
  chooseTab(tabs.some((one) => one.dataset.tab === wanted) ? wanted : "write");
}

/** What is chosen stands behind the address's #, so that a reload, or a colleague, finds it. */
function remembered() {
  return new URLSearchParams(location.hash.slice(1));
}

function remember(chosen) {
  const all = remembered();
  for (const [name, value] of Object.entries(chosen)) all.set(name, value);
  history.replaceState(null, "", `#${all}`);
}

// The phones.

async function lookForPhones() {
  const found = await phones().catch(() => null);
  if (found) {
    const rows = found.map(({ serial, state }) => ({
      key: `${serial} ${state}`,
      make: () => option(serial, serial, serial === chosenPhone()),
    }));
    refill(chooser, rows);
    if (!found.some((one) => one.serial === chosenPhone())) turnTo(found[0].serial);
    chooser.value = chosenPhone();
    chooser.parentElement.hidden = found.length < 2;
  }
}

async function keepLookingForPhones() {
  await lookForPhones();
  setTimeout(keepLookingForPhones, PHONES_MS);
}

function turnTo(serial) {
  choosePhone(serial);
  chooser.value = serial;
  tag = "";
  glance = null;
  seenTaps = null;
  turnAway();
  forgetChats();
  remember({ phone: serial });
}

// The glance.

async function look() {
  let pause = document.hidden ? HIDDEN_MS : GLANCE_MS;
  const asked = chosenPhone();
  try {
    const fresh = await getChanged("/glance", tag);
    if (fresh && asked === chosenPhone()) {
      tag = fresh.tag;
      glance = await fresh.reply.json();
      seenAt = performance.now();
      show();
    }
    light();
  } catch (failure) {
    tag = "";
    if (failure.status === 404) await lookForPhones();
    else {
      pause = AWAY_MS;
      light("lost");
    }
  }
  setTimeout(look, pause);
}

function show() {
  showScreen(glance);
  showWriting(glance);
  showFaults(glance);
  showTruth(glance);
  showDevice(glance);
  const taps = glance.truth.taps;
  if (seenTaps !== null && taps.total > seenTaps) {
    for (const one of taps.latest.slice(seenTaps - taps.total)) mark(one.x, one.y, one.by);
  }
  seenTaps = taps.total;
}

function light(away) {
  if (!glance && !away) return;
  const text = away ? word(away) : wordOf("cable", glance.cable);
  lamp.className = `lamp ${away ? "bad" : glance.cable === "device" ? "good" : "bad"}`;
  if (lamp.textContent !== text) lamp.textContent = text;
  if (glance) tick();
}

/** The phone's time: between two answers it runs on here. */
function tick() {
  const { now, speed } = glance.clock;
  const shown = Date.parse(now) + (performance.now() - seenAt) * speed;
  const there = new Date(shown + 8 * 3600 * 1000); // the phone lives in UTC+8
  const text = `${there.toISOString().slice(0, 19).replace("T", " ")}${speed === 1 ? "" : ` ×${speed}`}`;
  if (clock.textContent !== text) clock.textContent = text;
}

/** What the forms are made of comes first; a simulator that is still starting is waited for. */
async function start() {
  document.getElementById("language").addEventListener("click", switchLanguage);
  chooser.addEventListener("change", () => turnTo(chooser.value));
  openTabs();
  openScreen();
  for (;;) {
    try {
      await learnForms();
      break;
    } catch {
      light("lost");
      await new Promise((done) => setTimeout(done, AWAY_MS));
    }
  }
  choosePhone(remembered().get("phone") || "");
  openWriting();
  openFaults();
  openTruth();
  openDevice();
  inEachLanguage(() => light());
  await keepLookingForPhones();
  look();
}

start();
