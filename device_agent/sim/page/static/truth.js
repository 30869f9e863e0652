// The tab of ground truth: what really left, which chats were opened, what each tap hit.

import { chosenPhone, get } from "./api.js";
import { summary } from "./brief.js";
import { element, refill } from "./element.js";
import { say, trying } from "./notices.js";
import { frame } from "./screen.js";
import { inEachLanguage, language, word, wordOf } from "./words.js";
import { titleOf } from "./writing.js";

const PARTS = ["sent", "opened", "taps", "drafts", "rpc", "shell"];

let truth = null;
let part = "sent";

const about = element("p", { class: "about" });
const pills = element("div", { class: "pills", role: "group" });
const note = element("p", { class: "note" });
const heads = element("tr");
const rows = element("tbody");
const copy = element("button", { type: "button" });
const save = element("button", { type: "button" });
const count = document.getElementById("sent");

export function showTruth(glance) {
  truth = glance.truth;
  count.hidden = truth.sent.total === 0;
  count.textContent = truth.sent.total;
  draw();
}

function total(name) {
  const found = truth?.[name];
  return name === "drafts" ? Object.keys(found || {}).length : found?.total || 0;
}

function draw() {
  for (const pill of pills.children) {
    const name = pill.dataset.part;
    pill.setAttribute("aria-pressed", String(name === part));
    pill.firstChild.textContent = wordOf("t", name);
    pill.lastChild.textContent = total(name);
  }
  const table = TABLES[part]();
  const columns = table.columns.map((one) => ({
    key: `${one} ${language()}`,
    make: () => element("th", { scope: "col" }, word(one)),
  }));
  refill(heads, columns);
  refill(rows, table.rows);
  const shown = truth?.[part]?.latest?.length;
  const empty = table.rows.length ? "" : word("none");
  note.textContent = shown < total(part) ? word("latest", { shown, total: total(part) }) : empty;
}

// The tables, the newest first.

function row(key, ...cells) {
  return { key: `${part} ${key}`, make: () => element("tr", {}, ...cells.map((one) => element("td", {}, one))) };
}

function clock(at) {
  return element("time", { datetime: at, title: at }, at.slice(11, 23));
}

function latest(name) {
  const { latest: found = [], total: all = 0 } = truth?.[name] || {};
  return found.map((one, place) => [one, all - found.length + place]).reverse();
}

const TABLES = {
  sent: () => ({
    columns: ["at", "chat", "content"],
    rows: latest("sent").map(([one, number]) =>
      row(`${number} ${language()}`, clock(one.at), one.chat, summary(one.content || { kind: one.kind, text: one.text })),
    ),
  }),
  opened: () => ({
    columns: ["at", "chat", "unread"],
    rows: latest("opened").map(([one, number]) =>
      row(`${number} ${titleOf(one.chat_id)}`, clock(one.at), titleOf(one.chat_id), String(one.unread)),
    ),
  }),
  taps: () => ({
    columns: ["at", "who", "point", "node"],
    rows: latest("taps").map(([one, number]) => tapRow(one, number)),
  }),
  drafts: () => ({
    columns: ["chat", "draft"],
    rows: Object.entries(truth?.drafts || {}).map(([chat, text]) =>
      row(`${chat} ${text} ${titleOf(chat)}`, titleOf(chat), text),
    ),
  }),
  rpc: () => calls(truth?.rpc),
  shell: () => calls(truth?.shell),
};

function calls(counts) {
  const found = Object.entries(counts?.by || {}).sort(([, one], [, two]) => two - one);
  return {
    columns: ["call", "count"],
    rows: found.map(([name, times]) => row(`${name} ${times}`, element("code", {}, name), String(times))),
  };
}

function tapRow(tap, number) {
  const made = () => {
    const marks = ["ignored", "held"].filter((one) => tap[one]).map((one) => word(one));
    const who = element("span", { class: `chip ${tap.by === "person" ? "person" : "program"}` }, wordOf("by", tap.by));
    const hit = element("span", {}, describe(tap.node));
    const root = element("tr", {}, ...[clock(tap.at), who, `${tap.x}, ${tap.y}`, hit].map((one) => element("td", {}, one)));
    if (marks.length) hit.append(` · ${marks.join(" · ")}`);
    root.addEventListener("pointerenter", () => frame(tap.node?.bounds));
    root.addEventListener("pointerleave", () => frame(null));
    return root;
  };
  return { key: `taps ${number} ${tap.at} ${language()}`, make: made };
}

function describe(node) {
  if (!node) return word("nothing");
  const text = node.text || node.content_desc;
  const name = node.role || node.class.split(".").pop();
  return text ? `${name} “${text}”` : name;
}

// Taking it away.

async function whole() {
  const found = await trying(() => get("/truth"));
  return found && JSON.stringify(found, null, 2);
}

async function copyAll() {
  const text = await whole();
  if (!text) return;
  try {
    await navigator.clipboard.writeText(text);
    say(word("copied"));
  } catch {
    // A browser gives no clipboard to pages from afar without TLS: a file serves as well.
    offer(text);
  }
}

function offer(text) {
  const link = element("a", {
    href: URL.createObjectURL(new Blob([text], { type: "application/json" })),
    download: `truth-${chosenPhone()}.json`,
  });
  link.click();
  URL.revokeObjectURL(link.href);
}

export function openTruth() {
  for (const name of PARTS) {
    const pill = element("button", { type: "button", "data-part": name }, element("span"), element("b"));
    pill.addEventListener("click", () => {
      part = name;
      draw();
    });
    pills.append(pill);
  }
  copy.addEventListener("click", copyAll);
  save.addEventListener("click", async () => {
    const text = await whole();
    if (text) offer(text);
  });
  const bar = element("div", { class: "bar" }, pills, element("span", { class: "grow" }), copy, save);
  const table = element("div", { class: "scroll" }, element("table", {}, element("thead", {}, heads), rows), note);
  document.getElementById("truth").append(about, bar, table);
  inEachLanguage(() => {
    about.textContent = word("truthAbout");
    copy.textContent = word("copyJson");
    save.textContent = word("download");
    draw();
  });
}
