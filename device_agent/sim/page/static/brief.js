// The short forms of chats and messages.

import { wordOf } from "./words.js";

export function shownTitle(chat) {
  return chat.remark || chat.chat;
}

/** A message's content in one line. */
export function summary(content) {
  if (content.kind === "text" || content.kind === "system") return content.text;
  const { kind, ...rest } = content;
  const name = wordOf("kind", kind);
  const words = Object.values(rest).filter((one) => typeof one !== "object");
  return words.length ? `[${name}] ${words.join(" · ")}` : `[${name}]`;
}

/** Names that commas separate, Chinese ones too. */
export function split(text) {
  return text
    .split(/[,，、;；]/)
    .map((one) => one.trim())
    .filter(Boolean);
}
