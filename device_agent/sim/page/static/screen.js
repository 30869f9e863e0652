// The phone on the left: its live picture, and a person's finger and keyboard on it.

import { getChanged, send } from "./api.js";
import { trying } from "./notices.js";
import { inEachLanguage, word } from "./words.js";

const SLOP = 6; // pixels of the page that a tap may wander
const HOLD_MS = 500;
const WHEEL_PAUSE_MS = 90;
const MARK_MS = 900;
const LEAST_PAUSE_MS = 120;
const AWAY_MS = 1000;
const KEYS = { Backspace: "del", Enter: "enter", Escape: "back" };

const glass = document.getElementById("glass");
const picture = document.getElementById("screen");
const keys = document.getElementById("keys");
const marks = document.getElementById("marks");
const hint = document.getElementById("hint");

let size = [1080, 2400];
let state = null;
let shown = "";
let drawing = false;
let turn = 0;
let hands = Promise.resolve();

/** One hand: what it does happens in the order it was asked for. */
function hand(path, body) {
  hands = hands.then(() => trying(() => send("POST", path, body)));
  return hands;
}

// The picture.

/** Forget the phone that was shown. */
export function turnAway() {
  turn += 1;
  shown = "";
  state = null;
}

export function showScreen(glance) {
  state = glance;
  size = glance.size;
  glass.style.setProperty("--wide", size[0]);
  glass.style.setProperty("--tall", size[1]);
  document.getElementById("case").style.setProperty("--ratio", size[0] / size[1]);
  marks.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  glass.classList.toggle("typing", glance.typing);
  tell();
  if (glance.screen !== shown && !drawing) draw();
}

async function draw() {
  drawing = true;
  const asked = turn;
  const began = performance.now();
  let pause = LEAST_PAUSE_MS;
  try {
    const fresh = await getChanged("/screen.jpg", shown);
    if (fresh && asked === turn) await put(fresh, await fresh.reply.blob());
  } catch {
    pause = AWAY_MS; // and the glance tells that the phone is away
  }
  // A picture costs the simulator more than anything else here: leave it most of its time.
  pause = Math.max(pause, 2 * (performance.now() - began));
  setTimeout(() => {
    drawing = false;
    if (state && state.screen !== shown) draw();
  }, pause);
}

async function put(fresh, blob) {
  const old = picture.src;
  picture.src = URL.createObjectURL(blob);
  await picture.decode();
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  shown = fresh.tag;
  picture.dataset.tag = fresh.tag;
}

function tell() {
  if (!state) return;
  picture.alt = word("screenOf", { serial: state.serial });
  const key = !state.awake ? "hintDark" : state.typing ? "hintType" : "hintTap";
  if (hint.textContent !== word(key)) hint.textContent = word(key);
}

// What was touched.

/** Show where a finger came down, in the phone's pixels. */
export function mark(x, y, by) {
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  ring.setAttribute("cx", x);
  ring.setAttribute("cy", y);
  ring.setAttribute("r", size[0] / 18);
  ring.setAttribute("class", by === "person" ? "person" : "program");
  marks.append(ring);
  setTimeout(() => ring.remove(), MARK_MS);
}

/** Frame what a tap hit while a person looks at its line in the truth; null takes it away. */
export function frame(bounds) {
  marks.querySelector("rect")?.remove();
  if (!bounds) return;
  const [left, top, right, bottom] = bounds;
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const sides = { x: left, y: top, width: right - left, height: bottom - top };
  for (const [name, value] of Object.entries(sides)) box.setAttribute(name, value);
  marks.append(box);
}

// The finger.

function place(event) {
  const box = glass.getBoundingClientRect();
  const across = Math.floor(((event.clientX - box.left) / box.width) * size[0]);
  const down = Math.floor(((event.clientY - box.top) / box.height) * size[1]);
  return [inside(across, size[0]), inside(down, size[1])];
}

function inside(value, length) {
  return Math.min(length - 1, Math.max(0, value));
}

let press = null;

function lower(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  keys.focus({ preventScroll: true });
  glass.setPointerCapture(event.pointerId);
  const [x, y] = place(event);
  press = { x, y, left: event.clientX, top: event.clientY, moved: false, held: false };
  const mine = press;
  press.timer = setTimeout(() => {
    if (press !== mine || mine.moved) return;
    mine.held = true;
    hand("/tap", { x, y, hold: true });
  }, HOLD_MS);
}

function drag(event) {
  if (!press) return;
  const far = Math.hypot(event.clientX - press.left, event.clientY - press.top);
  press.moved ||= far > SLOP;
}

function lift(event) {
  if (!press) return;
  const { x, y, moved, held, timer } = press;
  press = null;
  clearTimeout(timer);
  if (held) return;
  if (!moved) hand("/tap", { x, y });
  else {
    const [x2, y2] = place(event);
    hand("/swipe", { x1: x, y1: y, x2, y2 });
  }
}

let rolled = 0;
let rolling = null;

function roll(event) {
  event.preventDefault();
  const line = event.deltaMode === 1 ? 40 : 1;
  rolled += event.deltaY * line;
  rolling ??= setTimeout(() => {
    const [x, y] = place(event);
    const scale = size[1] / glass.getBoundingClientRect().height;
    const end = inside(Math.round(y - rolled * scale), size[1]);
    rolled = 0;
    rolling = null;
    hand("/swipe", { x1: x, y1: y, x2: x, y2: end });
  }, WHEEL_PAUSE_MS);
}

// The keyboard.

function type() {
  const text = keys.value;
  keys.value = "";
  if (text) hand("/text", { text });
}

function strike(event) {
  const key = KEYS[event.key];
  if (!key || event.isComposing || keys.value) return;
  event.preventDefault();
  hand("/key", { key });
}

export function openScreen() {
  glass.addEventListener("pointerdown", lower);
  glass.addEventListener("pointermove", drag);
  glass.addEventListener("pointerup", lift);
  glass.addEventListener("pointercancel", () => {
    clearTimeout(press?.timer);
    press = null;
  });
  glass.addEventListener("wheel", roll, { passive: false });
  glass.addEventListener("contextmenu", (event) => event.preventDefault());
  keys.addEventListener("input", (event) => event.isComposing || type());
  keys.addEventListener("compositionend", type);
  keys.addEventListener("keydown", strike);
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", () => hand("/key", { key: button.dataset.key }));
  }
  inEachLanguage(tell);
}
