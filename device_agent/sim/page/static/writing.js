// The tab where a person writes to the phone as its owner's friends: the chats, and one of them.

import { get, send } from "./api.js";
import { shownTitle, split } from "./brief.js";
import { drawChat, openChat, showChat } from "./chat.js";
import { element, refill } from "./element.js";
import { trying } from "./notices.js";
import { inEachLanguage, word } from "./words.js";

const MOST = 300;
const PAUSE_MS = 300;

let chats = [];
let chosen = "";
let world = "";
let wanted = "";
let fetching = false;
let making = "";
let onScreen = null;

const find = element("input", { type: "search", id: "find", autocomplete: "off" });
const list = element("div", { class: "chats" });
const room = element("div", { class: "room" });

export function forgetChats() {
  chats = [];
  chosen = world = wanted = making = "";
  find.value = "";
  drawList();
  drawChat(null);
}

export function showWriting(glance) {
  wanted = glance.world;
  showChat(glance);
  if (onScreen !== glance.open_chat) {
    onScreen = glance.open_chat;
    drawList();
  }
  if (wanted !== world && !fetching) fetchChats();
}

async function fetchChats() {
  fetching = true;
  const asked = wanted;
  try {
    chats = (await get("/chats")).chats;
    world = asked;
    if (!chats.some((one) => one.chat_id === chosen)) chosen = "";
    drawList();
    await drawChat(chats.find((one) => one.chat_id === chosen) || null);
  } catch {
    // The glance tells that the phone is away.
  }
  setTimeout(() => {
    fetching = false;
    if (wanted !== world) fetchChats();
  }, PAUSE_MS);
}

// The list.

export function titleOf(chatId) {
  const chat = chats.find((one) => one.chat_id === chatId);
  return chat ? shownTitle(chat) : chatId;
}

function matches(chat, text) {
  const names = [chat.chat, chat.remark, chat.chat_id, ...chat.members];
  return names.some((name) => name.toLowerCase().includes(text));
}

function kindOf(chat) {
  if (chat.official) return word("official");
  return chat.kind === "group" ? word("group_n", { count: chat.members.length + 1 }) : word("private");
}

function drawList() {
  const text = find.value.trim();
  const found = chats.filter((one) => matches(one, text.toLowerCase())).slice(0, MOST);
  const rows = found.map((chat) => ({
    key: JSON.stringify([
      chat.chat_id, shownTitle(chat), kindOf(chat), chat.unread, chat.muted, chat.pinned,
      chat.chat_id === chosen, chat.chat_id === onScreen, isTwin(chat),
    ]),
    make: () => chatRow(chat),
  }));
  if (text && !chats.some((one) => one.chat === text || one.remark === text)) {
    rows.push(...newRows(text));
  } else if (!rows.length) {
    rows.push({ key: word("noChats"), make: () => element("p", { class: "empty" }, word("noChats")) });
  }
  refill(list, rows);
}

/** Whether another chat has the same title. */
function isTwin(chat) {
  return chats.some((one) => one.chat_id !== chat.chat_id && shownTitle(one) === shownTitle(chat));
}

function chatRow(chat) {
  const title = shownTitle(chat);
  const marks = [
    isTwin(chat) && chat.chat_id,
    chat.pinned && word("chat_pinned"),
    chat.muted && word("chat_muted"),
    chat.chat_id === onScreen && word("onScreen"),
  ].filter(Boolean);
  return element(
    "button",
    {
      type: "button",
      class: "chat",
      "aria-current": String(chat.chat_id === chosen),
      title: `${title} · ${chat.chat_id}`,
      onclick: () => choose(chat.chat_id),
    },
    avatar(title, chat.name),
    element("span", { class: "who" }, [
      element("b", {}, title),
      element("small", {}, [kindOf(chat), ...marks].join(" · ")),
    ]),
    chat.unread ? element("i", { class: "badge" }, chat.unread > 99 ? "99+" : chat.unread) : null,
  );
}

export function avatar(name, key) {
  const letter = [...name].find((one) => /[\p{L}\p{N}]/u.test(one)) || "·";
  let sum = 0;
  for (const one of key) sum = (sum * 31 + one.codePointAt(0)) % 8;
  return element("span", { class: `avatar tint${sum}`, "aria-hidden": "true" }, letter);
}

async function choose(chatId) {
  chosen = chatId;
  making = "";
  drawList();
  await trying(() => drawChat(chats.find((one) => one.chat_id === chosen) || null));
  document.getElementById("text")?.focus({ preventScroll: true });
}

// New ones.

function newRows(name) {
  const row = (key, kind, run) => ({
    key: `${key} ${name} ${word(key)}`,
    make: () =>
      element("button", { type: "button", class: `chat new ${kind}`, onclick: run }, [
        element("span", { class: "avatar plus", "aria-hidden": "true" }, "+"),
        element("span", { class: "who" }, element("b", {}, word(key, { name }))),
      ]),
  });
  const rows = [
    row("newPrivate", "private", () => create({ chat: name })),
    row("newGroup", "group", () => {
      making = name;
      drawList();
      list.querySelector("form input")?.focus();
    }),
  ];
  if (making === name) rows.push({ key: `making ${name} ${word("create")}`, make: () => groupForm(name) });
  return rows;
}

function groupForm(name) {
  const members = element("input", { placeholder: word("membersHint"), "aria-label": word("chat_members") });
  const save = (event) => {
    event.preventDefault();
    create({ chat: name, kind: "group", members: split(members.value) });
  };
  return element("form", { class: "making", onsubmit: save }, members, [
    element("button", { class: "main" }, word("create")),
  ]);
}

async function create(body) {
  const made = await trying(() => send("POST", "/chats", body));
  if (!made) return;
  find.value = "";
  chats = (await trying(() => get("/chats")))?.chats || chats;
  await choose(made.chat_id);
}

export function openWriting() {
  const panel = document.getElementById("write");
  panel.append(element("aside", { class: "side" }, find, list), room);
  find.addEventListener("input", drawList);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    list.querySelector("button")?.click();
  });
  openChat(room);
  inEachLanguage(() => {
    find.placeholder = word("findChat");
    find.setAttribute("aria-label", word("findChat"));
    drawList();
  });
}
