// The page's own words in Chinese and English.

import { WORDS } from "./wordbook.js";

const KEY = "hongyan.page.language";
const LANGUAGES = ["zh", "en"];
const listeners = [];

function first() {
  const kept = localStorage.getItem(KEY);
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

let now = first();

export function language() {
  return now;
}

/** A word; `{name}` in it is replaced by values.name. What the book lacks stands as it is. */
export function word(key, values = {}) {
  const text = WORDS[key]?.[LANGUAGES.indexOf(now)] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The word for one of a family, such as a kind of content; its own name where the book lacks it. */
export function wordOf(family, name) {
  const key = `${family}_${name}`;
  return key in WORDS ? word(key) : name;
}

function translate() {
  document.documentElement.lang = now === "zh" ? "zh-CN" : "en";
  document.title = word("title");
  for (const one of document.querySelectorAll("[data-word]")) {
    one.textContent = word(one.dataset.word);
  }
  for (const one of document.querySelectorAll("[data-word-title]")) {
    one.title = word(one.dataset.wordTitle);
    one.setAttribute("aria-label", one.title);
  }
  for (const one of document.querySelectorAll("[data-word-label]")) {
    one.setAttribute("aria-label", word(one.dataset.wordLabel));
  }
}

/** Call `draw` now and whenever the language changes. */
export function inEachLanguage(draw) {
  listeners.push(draw);
  draw();
}

export function speak(chosen) {
  now = chosen;
  localStorage.setItem(KEY, chosen);
  translate();
  for (const draw of listeners) draw();
}

export function switchLanguage() {
  speak(now === "zh" ? "en" : "zh");
}

translate();
