// Speaks to the control API of the phone that is chosen.

export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || `HTTP ${status}`);
    this.status = status;
    this.body = body || {};
  }
}

export class Lost extends Error {}

let serial = "";

export function choosePhone(chosen) {
  serial = chosen;
}

export function chosenPhone() {
  return serial;
}

function address(path) {
  return serial ? `/phones/${encodeURIComponent(serial)}${path}` : path;
}

async function answer(path, init) {
  try {
    return await fetch(path, { cache: "no-store", ...init });
  } catch (cause) {
    throw new Lost("no answer", { cause });
  }
}

async function checked(reply) {
  if (reply.ok) return reply;
  const body = await reply.json().catch(() => null);
  throw new Problem(reply.status, body);
}

async function read(reply) {
  return reply.status === 204 ? null : reply.json();
}

export async function get(path) {
  return read(await checked(await answer(address(path))));
}

export async function send(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const text = body === undefined ? undefined : JSON.stringify(body);
  return read(await checked(await answer(address(path), { method, headers, body: text })));
}

/** What stands at a path unless `tag` names it already: {tag, reply} or null. */
export async function getChanged(path, tag) {
  const headers = tag ? { "If-None-Match": tag } : {};
  const reply = await answer(address(path), { headers });
  if (reply.status === 304) return null;
  await checked(reply);
  return { tag: reply.headers.get("ETag"), reply };
}

export async function phones() {
  return (await read(await checked(await answer("/phones")))).phones;
}

export async function addPhone(name) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ serial: name });
  return read(await checked(await answer("/phones", { method: "POST", headers, body })));
}
