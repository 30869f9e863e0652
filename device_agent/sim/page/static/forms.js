// What the simulator says its forms are made of: kinds of content, knobs, a chat's properties.

import { get } from "./api.js";

let kept = { kinds: [], faults: [], keys: [], versions: [], chat: {} };

export function forms() {
  return kept;
}

/** Fetch them once; the page waits for them. */
export async function learnForms() {
  kept = await get("/forms");
}
