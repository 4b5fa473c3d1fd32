// Doctor: begins a look, shows how far it is, then what was found, what it means and what to do.

import { once } from "./asking.js";
import { ask, attempt, make, tell } from "./desk.js";
import { text, time } from "./texts.js";
import { put } from "./view.js";

const LOOK_MS = 500;
const SHAPES = { fault: "‼", warning: "▲", note: "●" };
const $ = (id) => document.getElementById(id);
let going = false;

/** Whether it looks: cells give no numbers then. */
export function doctorLooks() {
  return going;
}

/** How it stands now; goes on until the look is over. */
export async function showDoctor() {
  const look = await attempt(() => ask("/install/doctor"));
  if (!look) return;
  show(look);
  if (look.running) setTimeout(showDoctor, LOOK_MS);
}

$("begin-doctor").onclick = () =>
  once($("begin-doctor"), async () => {
    show(await tell("/install/doctor", {}));
    setTimeout(showDoctor, LOOK_MS);
  });

function show(look) {
  going = look.running;
  $("begin-doctor").hidden = going;
  $("doctor-going").hidden = !going;
  $("doctor-done").value = Math.min(1, look.seconds / look.takes_s);
  const left = Math.max(0, Math.ceil(look.takes_s - look.seconds));
  put($("doctor-left"), left ? text("install.doctor.left", { count: left }) : text("install.doctor.judging"));
  if (going) {
    put($("verdict"), "");
    $("findings").replaceChildren();
    return;
  }
  put($("verdict"), verdictOf(look));
  $("findings").replaceChildren(...look.findings.map(row));
}

function verdictOf(look) {
  if (look.refusal) return text("install.doctor.refused", { why: look.refusal });
  if (look.verdict === null) return "";
  const count = look.findings.length;
  const words = count ? text("install.doctor.found", { count }) : text("install.doctor.well");
  return `${words} ${text("install.doctor.ago", { time: time(look.seconds) })}`;
}

function row(one) {
  const head = make("p", { class: "head" }, make("b", { class: "severity" }, `${SHAPES[one.severity]} `));
  head.lastChild.append(text(`install.severities.${one.severity}`));
  head.append(make("b", {}, one.about));
  const told = make("dl", {}, ...part("means", one.meaning), ...part("do", one.do));
  return make("li", { "data-severity": one.severity, "data-id": one.id }, head, make("p", {}, one.found), told);
}

function part(name, words) {
  return [make("dt", {}, text(`install.doctor.${name}`)), make("dd", {}, words)];
}
