// Says what happened, and what went wrong, in a corner of the page.

import { Lost, Problem } from "./api.js";
import { element } from "./element.js";
import { word } from "./words.js";

const STAYS_MS = { good: 2500, bad: 8000 };
const MOST = 4;

export function say(text, kind = "good") {
  const corner = document.getElementById("notices");
  const same = [...corner.children].find((one) => one.firstChild.textContent === text);
  same?.remove();
  const close = element("button", { type: "button", class: "plain", "aria-label": word("close") }, "×");
  const notice = element("p", { class: `notice ${kind}` }, element("span", {}, text), close);
  close.addEventListener("click", () => notice.remove());
  corner.append(notice);
  if (corner.children.length > MOST) corner.firstChild.remove();
  setTimeout(() => notice.remove(), STAYS_MS[kind]);
}

function reason(failure) {
  if (failure instanceof Problem) return failure.message.replaceAll("`", "");
  if (failure instanceof Lost) return word("lost");
  throw failure;
}

/** Run what speaks to the phone; a refusal becomes a notice, and the answer undefined. */
export async function trying(run) {
  try {
    return await run();
  } catch (failure) {
    say(reason(failure), "bad");
    return undefined;
  }
}
