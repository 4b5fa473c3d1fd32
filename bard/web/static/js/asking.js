// Buttons of the installer's page: each does one thing at a time, and what was refused stands at the top.

import { attempt, make, say } from "./desk.js";
import { put } from "./view.js";

const SURE_MS = 4000;

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

/** A tap, and a second one that is sure. */
export function twice(element, words, sure, work) {
  let until = 0;
  put(element, words);
  element.onclick = () => {
    if (performance.now() < until) {
      until = 0;
      put(element, words);
      once(element, work);
      return;
    }
    until = performance.now() + SURE_MS;
    put(element, sure);
    setTimeout(() => put(element, words), SURE_MS);
  };
}
