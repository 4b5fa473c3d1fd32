// What a view looks like: words and places, put into the document only where they changed.
//
// One law: every word of the room goes in as text, never as markup; a number that is not known is a word.

import { text, time } from "./texts.js";

const FULL = 0.75; // of the bar's length is critical; the rest has room for its name
const EARLY = 0.24; // of the bar's length: a name that would begin before it stands behind its mark
const SHAPES = { below: "", near: "!", may_over: "!", over: "!", may_critical: "!!", critical: "!!", unknown: "?" };
const MOST_ALARMS = innerWidth < 700 ? 2 : 4;
const $ = (id) => document.getElementById(id);
const root = document.documentElement;

/** The text of an element, only where it is another. */
export function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function place(element, property, fraction) {
  const percent = `${(100 * Math.max(0, Math.min(1, fraction))).toFixed(2)}%`;
  if (element.style[property] !== percent) element.style[property] = percent;
}

/** A fresh view of the room. */
export function show(view) {
  mark(root, "data-link", "live");
  mark(root, "data-level", view.level);
  mark(root, "data-at", String(view.at_us));
  mark(root, "data-light", light(view));
  put($("link"), text("live"));
  put($("station"), view.station);
  put($("level-words"), text(`levels.${view.level}`));
  put($("shape"), SHAPES[view.level] ?? "");
  showNumber(view);
  showGauge(view);
  showFacts(view);
  showAlarms(view.alarms);
  put($("health"), view.health_words);
  $("health").classList.toggle("bad", !view.well);
  document.title = `${view.number_words ?? "–"} · ${text(`levels.${view.level}`)}`;
}

/** Nothing is known; `why` by the server's name for it, null where this page has no connection. `seconds`: for how long. */
export function showStopped(why, seconds) {
  mark(root, "data-link", "stopped");
  mark(root, "data-light", "none");
  put($("link"), text("no_data"));
  put($("level-words"), text("stopped"));
  put($("shape"), "×");
  const had = $("value").textContent !== "" && !$("value").classList.contains("words");
  if (!had || seconds >= 10) say("–");
  put($("u"), "");
  put($("unit"), had && seconds < 10 ? text("last_seen", { time: time(seconds) }) : "");
  put($("limit"), text("stopped_help"));
  put($("told"), text(`lost.${why ?? "page"}`));
  document.title = text("stopped");
}

function light(view) {
  if (view.buzzer === 7 || view.vibrator === 7) return "high";
  if (view.buzzer === 6 || view.vibrator === 6) return "medium";
  return "none";
}

function say(words) {
  put($("value"), words);
  $("value").classList.add("words");
}

/** The number fills the width: about 0.7 of its height for a digit, 0.38 for a point or a minus. */
function widen(words) {
  const chars = String(Math.max(2.4, [...words].reduce((sum, one) => sum + (/[0-9]/.test(one) ? 0.7 : 0.38), 0)));
  if (root.style.getPropertyValue("--chars") !== chars) root.style.setProperty("--chars", chars);
}

function showNumber(view) {
  const marks = view.marks;
  if (view.number_words === null) {
    say(view.level === "unknown" ? text("unknown") : "–");
    put($("u"), "");
    put($("unit"), "");
  } else {
    put($("value"), view.number_words);
    widen(view.number_words);
    $("value").classList.remove("words");
    put($("u"), view.u_words === null ? "" : `± ${view.u_words} ${view.unit}`);
    put($("unit"), text("on_the_client"));
  }
  const unit = view.unit;
  put($("limit"), marks ? text("limit", { limit: marks.limit_words, unit }) : text("no_session_help"));
  let told = marks ? text("told_at", { warn: marks.warn_words }) : "";
  if (view.level === "unknown") told = text("assumed");
  if (view.weigh_in_words) told = view.weigh_in_words;
  put($("told"), told);
}

function showGauge(view) {
  const marks = view.marks;
  if (!marks) return;
  const full = marks.critical / FULL;
  place($("fill"), "width", (view.load ?? 0) / full);
  place($("doubt"), "width", ((view.load ?? 0) + (view.u ?? 0)) / full);
  for (const name of ["near", "limit", "critical"]) {
    place($(`${name}-tick`), "left", marks[name] / full);
    place($(`${name}-mark`), "left", marks[name] / full);
    $(`${name}-mark`).classList.toggle("early", marks[name] / full < EARLY);
    put($(`${name}-mark`), text(`mark_${name}`, { [name]: marks[`${name}_words`] }));
  }
}

function showFacts(view) {
  const phase = text(`phases.${view.phase}`);
  const released = view.phase === "released";
  put($("phase"), released ? text("phase_for", { phase, time: time(view.phase_s) }) : phase);
  $("phase").classList.toggle("released", released);
  put($("zone"), view.zone ?? (view.marks ? text("no_zone") : "–"));
  put($("bars"), view.bars_words + (view.pushing_up ? ` ${text("pushing_up")}` : ""));
  const list = $("supports");
  list.classList.toggle("pair", view.supports.length === 2);
  while (list.children.length > view.supports.length) list.lastChild.remove();
  while (list.children.length < view.supports.length) list.append(support());
  view.supports.forEach((one, index) => {
    const [name, words, bar] = list.children[index].querySelectorAll("span, b, .share div");
    put(name, one.name);
    put(words, one.words);
    words.classList.toggle("unknown", !one.known);
    place(bar, "width", one.share ?? 0);
  });
}

function support() {
  const item = document.createElement("li");
  const who = document.createElement("div");
  who.className = "who";
  who.append(document.createElement("span"), document.createElement("b"));
  const share = document.createElement("div");
  share.className = "share";
  share.append(document.createElement("div"));
  item.append(who, share);
  return item;
}

let shownAlarms = "";

function showAlarms(alarms) {
  const key = JSON.stringify(alarms.map((alarm) => [alarm.id, alarm.priority, alarm.state, alarm.words]));
  if (key === shownAlarms) return;
  shownAlarms = key;
  const rows = alarms.slice(0, MOST_ALARMS).map(alarmRow);
  if (alarms.length > MOST_ALARMS) rows.push(plainRow(text("more_alarms", { count: alarms.length - MOST_ALARMS })));
  if (!alarms.length) rows.push(plainRow(text("no_alarms")));
  $("alarm-list").replaceChildren(...rows);
}

function alarmRow(alarm) {
  const row = document.createElement("li");
  row.dataset.priority = alarm.priority;
  row.dataset.id = alarm.id;
  const priority = document.createElement("b");
  priority.textContent = text(`priorities.${alarm.priority}`);
  const words = document.createElement("span");
  words.textContent = alarm.words;
  if (alarm.state) {
    const state = document.createElement("i");
    state.textContent = ` (${alarm.state})`;
    words.append(state);
  }
  row.append(priority, words);
  return row;
}

function plainRow(words) {
  const row = document.createElement("li");
  row.className = "none";
  row.textContent = words;
  return row;
}
