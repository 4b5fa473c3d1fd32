// A session's beginning and end: who, the intake where it is due, what bard looked at, and the start.
//
// One law: bard judges; nothing is filled in that nobody typed.

import { $, ask, attempt, begin, make, say, tell } from "./desk.js";
import { Intake } from "./intake.js";
import { text } from "./texts.js";

const SURE_MS = 4000;
const VERDICTS = { refuse: "✕", warn: "▲", pass: "✓" };
const ORDER = Object.keys(VERDICTS);
let people = { clients: [], therapists: [] };
let sureUntil = 0;

const me = await begin("start");
const intake = new Intake(() => settle());
$("client").onchange = settle;
$("look").onclick = () => look(true);
$("begin").onsubmit = (event) => {
  event.preventDefault();
  look(false);
};
$("end").onclick = end;
await show();

async function show() {
  const told = await attempt(() => ask("/data/start"));
  if (!told) return;
  people = told;
  $("running").hidden = told.session === null;
  $("begin").hidden = told.session !== null;
  $("to-session").hidden = told.session === null || !me.pages.includes("/session");
  $("to-session").href = `/session?id=${told.session}`;
  $("end").textContent = text("desk.start.end");
  $("clients").replaceChildren(...told.clients.map((one) => make("option", { value: one.code }, one.name ?? one.code)));
  $("therapists").replaceChildren(...told.therapists.map((one) => make("option", { value: one.code }, one.code)));
  if (told.session !== null) intake.hide();
}

/** A client was chosen: the name beside the code, and the intake where it is due. */
async function settle() {
  const code = $("client").value.trim();
  const client = people.clients.find((one) => one.code.toUpperCase() === code.toUpperCase());
  $("name").textContent = client?.name ?? "";
  intake.hide();
  $("override").hidden = true;
  say("");
  if (!code) return;
  const told = await attempt(() => ask("/data/intake", { client: code }));
  if (told?.due) intake.show(told);
  else if (told) $("override").hidden = told.blocking.length === 0;
}

/** Have bard look, and begin where that is wanted and no line refuses. */
async function look(only) {
  const typed = $("body").value.trim().replace(",", ".");
  if (typed && !Number.isFinite(Number(typed))) return say(text("desk.start.no_number", { typed }));
  const wanted = {
    client: $("client").value.trim() || null,
    therapist: $("therapist").value.trim() || null,
    body_weight_kg: typed ? Number(typed) : null,
    override_by: $("override").hidden ? "" : $("override-by").value,
    override_why: $("override").hidden ? "" : $("override-why").value,
    only_look: only,
  };
  for (const id of ["look", "start"]) $(id).disabled = true;
  $("busy").textContent = text(only ? "desk.start.looking" : "desk.start.beginning");
  say("");
  const told = await attempt(() => tell("/do/start", wanted));
  for (const id of ["look", "start"]) $(id).disabled = false;
  $("busy").textContent = "";
  $("lines-panel").hidden = !told;
  if (!told) return;
  const lines = [...told.lines].sort((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));
  $("lines").replaceChildren(...lines.map(line));
  if (told.session) {
    await show();
    say(text("desk.start.begun"), true);
    $("running").hidden = false;
    $("begin").hidden = true;
  } else if (!only) say(text("desk.start.refused"));
  $("lines-panel").scrollIntoView({ block: "nearest" });
}

function line(one) {
  const verdict = make("b", { "data-verdict": one.verdict }, `${VERDICTS[one.verdict]} ${text(`desk.verdicts.${one.verdict}`)}`);
  const words = make("span", {}, make("strong", {}, `${one.what}: `), one.words);
  if (one.way_out) words.append(make("small", {}, `→ ${one.way_out}`));
  return make("li", { class: "line" }, verdict, words);
}

/** Twice within some seconds: whoever ends a session ends the watch. */
async function end() {
  if (performance.now() > sureUntil) {
    sureUntil = performance.now() + SURE_MS;
    $("end").textContent = text("desk.start.end_sure");
    setTimeout(() => {
      $("end").textContent = text("desk.start.end");
    }, SURE_MS);
    return;
  }
  sureUntil = 0;
  if (!(await attempt(() => tell("/do/end", {})))) return;
  $("running").hidden = true;
  $("begin").hidden = false;
  $("lines-panel").hidden = true;
  say(text("desk.start.ended"), true);
}
