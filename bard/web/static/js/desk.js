// What the studio's pages share: asking and telling the server, words for numbers, elements, the way to other pages.
//
// One law: whatever a person typed or a file held goes into the document as text, never as markup; what is not known
// is a word.

import { fill, text, time } from "./texts.js";

const ANSWER_MS = 30_000;

export const $ = (id) => document.getElementById(id);

/** An element: `make("td", { class: "number" }, "12", child)`; attributes of null are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** What the server answers to a question; throws an Error with what it refused in words. */
export async function ask(path, values = {}, limitMs = ANSWER_MS) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
  return answerOf(await send(`${path}?${query}`, {}, limitMs));
}

/** The same for what changes something. */
export async function tell(path, what) {
  const headers = { "Content-Type": "application/json" };
  return answerOf(await send(path, { method: "POST", headers, body: JSON.stringify(what) }, ANSWER_MS));
}

/** The answer and its body. */
async function send(url, options, limitMs) {
  const always = { cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(limitMs) };
  try {
    const answer = await fetch(url, { ...always, ...options });
    return [answer, await answer.text()];
  } catch {
    throw new Error(text("desk.no_server"));
  }
}

async function answerOf([answer, words]) {
  if (answer.status === 401) location.replace("/pair");
  let told;
  try {
    told = JSON.parse(words);
  } catch {
    throw new Error(words.trim().slice(0, 300) || text("desk.no_server"));
  }
  if (!answer.ok) throw new Error(told.refusal ?? text("desk.no_server"));
  return told;
}

/** Fill the page's words and the way to the other pages; resolves to what this device is: {role, pages}. */
export async function begin(name) {
  fill();
  document.title = `bard · ${text(`desk.${name}.title`)}`;
  const me = await attempt(() => ask("/data/me"));
  if (!me) return { role: "", pages: [] };
  const links = me.pages.filter((path) => path !== "/session");
  $("pages").replaceChildren(
    ...links.map((path) =>
      make(
        "a",
        { href: path, "aria-current": path === location.pathname ? "page" : null },
        text(`desk${path.replace("/", ".")}.title`),
      ),
    ),
  );
  return me;
}

/** What `work` resolves to; what it throws is said, and null. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

/** A line at the top of the page; "" takes it away. */
export function say(words, done = false) {
  $("problem").textContent = words;
  $("problem").classList.toggle("done", done);
  $("problem").hidden = words === "";
  if (words) $("problem").scrollIntoView({ block: "nearest" });
}

/** `38.5`, or the word for unknown. */
export function kg(value) {
  return value === null ? text("unknown") : value.toFixed(1);
}

/** `38.5 kg`. */
export function kgUnit(value) {
  return value === null ? text("unknown") : `${value.toFixed(1)} kg`;
}

/** `8.4 s`, `3 min 5 s`; null is unknown. */
export function seconds(value) {
  if (value === null) return text("unknown");
  return value < 59.95 ? text("seconds", { count: value.toFixed(1) }) : time(Math.round(value));
}

/** `1:02:03`, `2:03`: where in a session. */
export function place(value) {
  if (value === null) return text("unknown");
  const whole = Math.round(value);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (count) => String(count).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Never 100 % of what is not whole, never 0 of what is there. */
export function percent(share) {
  if (share === null) return text("unknown");
  if (share > 0 && share < 1) return `${Math.min(99.9, Math.max(0.1, share * 100)).toFixed(1)} %`;
  return `${Math.round(share * 100)} %`;
}

/** `2026-03-01 14:03`, with a question mark where the clock was not known to be right. */
export function begun(session) {
  return `${session.day} ${session.clock}${session.clock_trusted ? "" : "?"}`;
}

/** Code, and the name where the studio keeps names. */
export function person(code, name) {
  return name ? `${code} (${name})` : (code ?? "–");
}
