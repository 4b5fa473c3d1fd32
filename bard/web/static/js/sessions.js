// The list of sessions, with its filters.

import { $, ask, attempt, begin, kg, make, percent, place, say, seconds } from "./desk.js";
import { text } from "./texts.js";

const FIELDS = ["client", "therapist", "from", "to"];

await begin("sessions");
const given = new URLSearchParams(location.hash.slice(1));
for (const name of FIELDS) $(name).value = given.get(name) ?? "";
$("filters").onsubmit = (event) => {
  event.preventDefault();
  show();
};
show();

async function show() {
  const wanted = Object.fromEntries(FIELDS.map((name) => [name, $(name).value.trim()]));
  const days = new URLSearchParams(Object.entries({ from: wanted.from, to: wanted.to }).filter(([, day]) => day));
  $("studio").href = `/download/studio?${days}`;
  $("csv").href = `/download/sessions?${days}`;
  say("");
  const told = await attempt(() => ask("/data/sessions", wanted));
  $("sessions").hidden = !told?.sessions.length;
  $("rows").replaceChildren(...(told?.sessions ?? []).map(row));
  if (!told) $("count").textContent = "";
  else if (!told.sessions.length) $("count").textContent = text("desk.sessions.none");
  else if (told.left_out) {
    const values = { count: told.sessions.length, more: told.left_out };
    $("count").textContent = text("desk.sessions.some", values);
  } else $("count").textContent = text("desk.sessions.all", { count: told.sessions.length });
}

function row(session) {
  const clock = make("small", {}, `${session.clock}${session.clock_trusted ? "" : "?"}`);
  const link = make("a", { href: `/session?id=${encodeURIComponent(session.id)}` }, session.day, clock);
  const length = session.ended ? place(session.length_s) : text("desk.sessions.no_end");
  return make(
    "tr",
    {},
    make("td", {}, link),
    make("td", { class: "code" }, session.client ?? "–", session.name ? make("small", {}, session.name) : null),
    make("td", { class: "code wide" }, session.therapist ?? "–"),
    number(length, "wide"),
    number(percent(session.coverage), "wide"),
    number(kg(session.mean_kg), "wide"),
    number(kg(session.p95_kg), "wide"),
    number(kg(session.peak_kg)),
    number(kg(session.limit_kg)),
    make("td", { class: "number" }, make("span", { class: session.over_s > 0 ? "over" : null }, seconds(session.over_s))),
    number(String(session.alarms)),
  );
}

function number(words, more = "") {
  return make("td", { class: `number ${more}` }, words);
}
