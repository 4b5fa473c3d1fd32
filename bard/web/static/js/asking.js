// Buttons of the installer's page: each does one thing at a time, and what was refused stands at the top.

import { attempt, make, say } from "./desk.js";

/** A button that does `work`. */
export function button(words, work, attributes = {}) {
  const made = make("button", { type: "button", ...attributes }, words);
  made.onclick = () => once(made, work);
  return made;
}

/** Not again before it is over. */
export async function once(element, work) {
  element.disabled = true;
  say("");
  try {
    await attempt(work);
  } finally {
    element.disabled = false;
  }
}
