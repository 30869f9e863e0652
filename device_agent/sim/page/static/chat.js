// One chat as the simulator knows it: its settings, its messages, and what to write next.

import { get, send } from "./api.js";
import { shownTitle, split, summary } from "./brief.js";
import { openComposer, prepare, quoteNext } from "./composer.js";
import { element, refill } from "./element.js";
import { forms } from "./forms.js";
import { trying } from "./notices.js";
import { inEachLanguage, language, word, wordOf } from "./words.js";

const NEAR_END = 40;

let chat = null;
let owner = "";
let drawn = "";

const head = element("header", { class: "head" });
const options = element("form", { class: "options" });
const drawer = element("details", { class: "drawer" }, element("summary", {}), options);
const rows = element("div", { class: "rows", tabindex: "0", role: "log" });
const composer = element("form", { class: "composer" });
const nobody = element("p", { class: "empty" });

export function showChat(glance) {
  owner = glance.owner;
  head.classList.toggle("live", Boolean(chat) && chat.chat_id === glance.open_chat);
}

export async function drawChat(fresh) {
  const turned = fresh?.chat_id !== chat?.chat_id;
  chat = fresh;
  for (const one of [head, drawer, rows, composer]) one.hidden = !chat;
  nobody.hidden = Boolean(chat);
  if (!chat) return;
  drawHead();
  if (turned) {
    rows.replaceChildren();
    drawer.open = false;
    drawn = "";
  }
  drawOptions();
  prepare(chat, owner);
  const asked = chat.chat_id;
  const tail = await get(`/chats/${encodeURIComponent(asked)}/tail`);
  if (chat?.chat_id === asked) drawRows(tail, turned);
}

function drawHead() {
  const title = shownTitle(chat);
  head.replaceChildren(
    element("h2", {}, title),
    element("small", {}, [chat.remark ? `${chat.chat} · ` : "", chat.chat_id, " · ", chat.name].join("")),
    element("span", { class: "live-mark" }, word("onScreen")),
  );
}

// Settings.

function drawOptions() {
  const seen = JSON.stringify([chat.chat_id, language(), forms().chat, chat]);
  if (seen === drawn || options.contains(document.activeElement)) return;
  drawn = seen;
  drawer.firstChild.textContent = word("settings");
  const fields = Object.entries(forms().chat).map(([name, kind]) => setting(name, kind));
  const [checks, texts] = [true, false].map((wanted) =>
    fields.filter((one) => one && one.classList.contains("check") === wanted),
  );
  options.replaceChildren(...texts, ...checks);
}

function setting(name, kind) {
  const text = wordOf("chat", name);
  const value = chat[name];
  if (kind === "bool") {
    const box = element("input", { type: "checkbox", checked: value });
    box.addEventListener("change", () => change({ [name]: box.checked }));
    return element("label", { class: "check" }, box, element("span", {}, text));
  }
  if (kind !== "str" && name !== "members") return null;
  const lines = kind === "str" ? String(value) : value.join("，");
  const field = element("input", { value: lines });
  field.addEventListener("change", () => {
    change({ [name]: kind === "str" ? field.value : split(field.value) });
  });
  return element("label", { class: "field" }, element("span", {}, text), field);
}

async function change(changes) {
  const done = await trying(() => send("PATCH", `/chats/${encodeURIComponent(chat.chat_id)}`, changes));
  drawn = done ? drawn : "";
  if (!done) drawOptions();
}

// Messages.

function drawRows({ total, messages }, turned) {
  const atEnd = turned || rows.scrollHeight - rows.scrollTop - rows.clientHeight < NEAR_END;
  const hidden = total - messages.length;
  const lines = messages.map((one) => ({
    key: JSON.stringify([one, language()]),
    make: () => messageRow(one),
  }));
  if (hidden) {
    const text = word("older", { count: hidden });
    lines.unshift({ key: text, make: () => element("p", { class: "line" }, text) });
  }
  if (!messages.length) {
    const text = word("noMessages");
    lines.push({ key: text, make: () => element("p", { class: "line" }, text) });
  }
  refill(rows, lines);
  if (atEnd) rows.scrollTop = rows.scrollHeight;
}

function messageRow(message) {
  const { content, quoted } = message;
  const time = message.at.slice(5, 16).replace("T", " ");
  if (content.kind === "system" || content.kind === "recalled") {
    const text = content.kind === "system" ? content.text : `${message.sender} ${word("recalled")}`;
    return element("p", { class: "line", title: time }, text);
  }
  return element("div", { class: message.own ? "message own" : "message" }, [
    element("small", {}, [message.sender, " · ", time, message.failed ? ` · ${word("failed")}` : ""].join("")),
    element("div", { class: "bubble" }, [
      quoted ? element("q", {}, `${quoted.sender}：${summary(quoted.content)}`) : null,
      element("span", {}, summary(content)),
    ]),
    element("span", { class: "acts" }, [
      element("button", { type: "button", onclick: () => quoteNext(message) }, word("quote")),
      element("button", { type: "button", onclick: () => recall(message) }, word("recall")),
    ]),
  ]);
}

async function recall(message) {
  await trying(() => send("DELETE", `/messages/${encodeURIComponent(message.message_id)}`));
}

export function openChat(room) {
  room.append(nobody, head, drawer, rows, composer);
  openComposer(composer);
  inEachLanguage(() => {
    nobody.textContent = word("pickChat");
    rows.setAttribute("aria-label", word("chat"));
    drawn = "";
    trying(() => drawChat(chat));
  });
}
