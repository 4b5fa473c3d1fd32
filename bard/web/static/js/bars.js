// What came of each bar so far: its readings with their errors, the fit, its corners, the verification.

import { twice } from "./asking.js";
import { $, make } from "./desk.js";
import { text } from "./texts.js";

let shown = "";

/** `strike(number)` takes a reading out; null while nothing can be asked. */
export function showBars(state, loads, strike) {
  const bars = state ? barsOf(state) : [];
  for (const bar of bars) showNow(bar, loads[bar.name]);
  const key = JSON.stringify([bars, strike !== null]);
  if (key === shown) return;
  shown = key;
  $("found").replaceChildren(...bars.map(found));
  $("bars").replaceChildren(...bars.map((bar) => readings(bar, strike)));
  for (const bar of bars) showNow(bar, loads[bar.name]);
}

/** The one at work, or all that have readings. */
function barsOf(state) {
  if (state.support) return state.bars.filter((bar) => bar.name === state.support);
  return state.bars.filter((bar) => bar.readings.length);
}

function showNow(bar, load) {
  const place = [...$("found").children].find((one) => one.dataset.bar === bar.name)?.querySelector(".now");
  const known = load !== undefined && load !== null;
  if (place) place.textContent = known ? text("install.guide.now", { kg: load.toFixed(2) }) : "";
}

/** Above the form: what it all comes to. */
function found(bar) {
  const head = make("p", { class: "head" }, make("b", {}, bar.name), make("span", { class: "now" }));
  const told = [];
  if (bar.fit) told.push(make("p", {}, text("install.guide.fit", { words: bar.fit })));
  for (const note of bar.notes) told.push(make("p", { class: "warn" }, text("install.guide.note", { words: note })));
  if (bar.corners) {
    const attributes = bar.corners_done ? {} : { class: "warn" };
    told.push(make("p", attributes, text("install.guide.corners_words", { words: bar.corners })));
  }
  if (bar.verified) {
    const verdict = bar.verdict ?? "none";
    const words = text(`install.guide.verdicts.${verdict}`, { words: bar.verified });
    told.push(make("p", { class: verdict === "pass" ? "good" : "warn" }, words));
  }
  if (bar.refusal && !bar.more) told.push(make("p", { class: "warn" }, text("install.guide.no_fit", { why: bar.refusal })));
  return make("section", { "data-bar": bar.name, "aria-label": bar.name }, head, ...told);
}

/** Below it. */
function readings(bar, strike) {
  const lines = bar.readings.map((line) => reading(line, bar, strike));
  return make("ul", { "aria-label": bar.name }, ...lines);
}

function reading(line, bar, strike) {
  const words = line.verifies ? text("install.guide.verifies", { words: line.words }) : line.words;
  const parts = [];
  if (line.struck) parts.push(text("install.guide.struck", { why: line.struck }));
  if (line.stated_kg !== null) parts.push(text("install.guide.stated", { kg: line.stated_kg.toFixed(2) }));
  if (line.shown_kg !== null && line.error_kg !== null && !line.struck)
    parts.push(text("install.guide.read_as", { kg: line.shown_kg.toFixed(2), error: signed(line.error_kg) }));
  const suspect = bar.suspects.includes(line.number) && !line.struck;
  if (suspect) parts.push(text("install.guide.look"));
  const item = make("li", { class: suspect ? "warn" : line.struck ? "struck" : null, "data-number": line.number });
  item.append(make("p", {}, make("b", {}, `${line.number}  ${words}`), make("span", {}, parts.join("; "))));
  if (strike && !line.struck) {
    const button = make("button", { type: "button", "aria-label": `${text("install.guide.strike")} ${line.number}` });
    twice(button, text("install.guide.strike"), text("install.guide.strike_sure"), () => strike(line.number));
    item.append(button);
  }
  return item;
}

function signed(value) {
  const words = value.toFixed(2);
  return value > 0 ? `+${words}` : words;
}
