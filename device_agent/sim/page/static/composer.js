// Writes a message of any kind as anyone in the chat.

import { send } from "./api.js";
import { summary } from "./brief.js";
import { element, labelled, option } from "./element.js";
import { forms } from "./forms.js";
import { trying } from "./notices.js";
import { inEachLanguage, word, wordOf } from "./words.js";

const OTHER = "\u0000other";
const senders = new Map(); // the last one by chat

let chat = null;
let owner = "";
let quote = null;
let offered = "";

const from = element("select", { id: "from" });
const other = element("input", { id: "other", hidden: true });
const kind = element("select", { id: "kind" });
const fields = element("div", { class: "fields" });
const quoted = element("p", { class: "quoted", hidden: true });
const button = element("button", { class: "main", id: "send" });

/** Offer the senders of a chat; what is being written stays. */
export function prepare(fresh, me) {
  const turned = chat?.chat_id !== fresh.chat_id;
  chat = fresh;
  owner = me;
  if (turned) drop();
  const names = chat.kind === "group" ? chat.members : [chat.chat];
  const seen = JSON.stringify([chat.chat_id, names, owner, word("me")]);
  if (seen === offered) return;
  offered = seen;
  const last = senders.get(chat.chat_id) ?? names[0] ?? OTHER;
  from.replaceChildren(
    ...names.map((name) => option(name, name, name === last)),
    option(owner, word("me"), owner === last),
    option(OTHER, word("someone"), last === OTHER),
  );
  chooseSender();
}

function chooseSender() {
  senders.set(chat.chat_id, from.value);
  other.hidden = from.value !== OTHER;
  if (!other.hidden && document.activeElement === from) other.focus();
}

// A quote.

export function quoteNext(message) {
  quote = message.message_id;
  const close = element("button", { type: "button", class: "plain", "aria-label": word("close"), onclick: drop }, "×");
  const text = `${message.sender}：${summary(message.content)}`;
  quoted.replaceChildren(element("span", {}, word("quoting", { text })), close);
  quoted.hidden = false;
  fields.querySelector("input, textarea")?.focus();
}

function drop() {
  quote = null;
  quoted.hidden = true;
}

// The content.

function drawKinds() {
  const chosen = kind.value || "text";
  const options = forms().kinds.map((one) => {
    const name = wordOf("kind", one.kind);
    return option(one.kind, name, one.kind === chosen);
  });
  kind.replaceChildren(...options);
  drawFields();
}

function drawFields() {
  const shape = forms().kinds.find((one) => one.kind === kind.value);
  const kept = Object.fromEntries([...fields.querySelectorAll("[name]:not([type=file])")].map((one) => [one.name, one.value]));
  const made = Object.entries(shape?.fields || {}).map(([name, type]) => field(name, type, kept[name]));
  fields.replaceChildren(...made);
}

function field(name, type, value) {
  const text = wordOf("field", name);
  if (type === "text") {
    const area = element("textarea", { name, id: name, rows: "2", placeholder: word("say"), "aria-label": text });
    area.value = value || "";
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      area.form.requestSubmit();
    });
    return area;
  }
  if (type === "picture" || type === "file") {
    const accept = type === "picture" ? "image/*" : undefined;
    return labelled(text, element("input", { name, type: "file", accept }));
  }
  const traits = type === "number" ? { type: "number", min: "0", step: "any" } : {};
  return labelled(text, element("input", { name, value: value || "", ...traits }));
}

async function content() {
  const made = { kind: kind.value };
  for (const one of fields.querySelectorAll("[name]")) {
    if (one.value === "") continue;
    if (one.type === "file") {
      const [file] = one.files;
      made[one.name] = await base64(file);
      made.name ??= file.name;
    } else made[one.name] = one.type === "number" ? Number(one.value) : one.value;
  }
  return made;
}

function base64(file) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(file);
  });
}

async function write(event) {
  event.preventDefault();
  const sender = from.value === OTHER ? other.value.trim() : from.value;
  const body = { chat_id: chat.chat_id, content: await content() };
  if (sender) body.sender = sender;
  if (quote) body.quote = quote;
  const area = fields.querySelector("textarea");
  button.disabled = true;
  const done = await trying(() => send("POST", "/messages", body));
  button.disabled = false;
  if (!done) return;
  if (area) area.value = "";
  drop();
  area?.focus();
}

export function openComposer(form) {
  from.addEventListener("change", chooseSender);
  kind.addEventListener("change", drawFields);
  form.addEventListener("submit", write);
  const who = element("label", { class: "inline" }, element("span", {}), from);
  const what = element("label", { class: "inline" }, element("span", {}), kind);
  form.append(
    quoted,
    element("div", { class: "line-up" }, who, other, what),
    element("div", { class: "line-up" }, fields, button),
  );
  inEachLanguage(() => {
    who.firstChild.textContent = word("sender");
    what.firstChild.textContent = word("kind");
    other.placeholder = word("name");
    other.setAttribute("aria-label", word("name"));
    button.textContent = word("send");
    offered = "";
    drawKinds();
  });
}
