// One session: its numbers, the load over its time, its alarms, its files.

import { $, ask, attempt, begin, begun, kg, kgUnit, make, percent, person, place, seconds } from "./desk.js";
import { LoadChart } from "./loads.js";
import { text } from "./texts.js";

const FILES = ["report", "minutes", "series", "alarms"];
let chart = null;
const id = new URLSearchParams(location.search).get("id") ?? "";

await begin("session");
const told = await attempt(() => ask("/data/session", { id }));
document.querySelector("main").dataset.shown = told ? "all" : "nothing";
if (told) show(told);

function show(session) {
  $("when").textContent = text("desk.session.when", { begin: begun(session), station: session.station });
  $("whose").textContent = text("desk.session.whose", {
    client: person(session.client, session.name),
    therapist: session.therapist ?? "–",
    id: session.id,
  });
  $("figures").replaceChildren(...figures(session));
  $("load-panel").hidden = !session.has_series;
  $("no-series").hidden = session.has_series;
  if (session.has_series && session.length_s > 0) showChart(session);
  $("cues").onchange = () => showCalls(session);
  showCalls(session);
  $("changes-panel").hidden = !session.changes.length && !session.notes.length;
  $("changes").replaceChildren(...session.notes.map((note) => make("li", {}, note)), ...session.changes.map(change));
  $("downloads").replaceChildren(
    ...FILES.filter((name) => name !== "series" || session.has_series).map((name) =>
      make(
        "a",
        { class: "button", id: `file-${name}`, href: `/download/${name}?id=${encodeURIComponent(id)}`, download: "" },
        text(`desk.session.file.${name}`),
      ),
    ),
  );
}

function figures(session) {
  const on = session.on_s + session.released_s;
  const peak = session.peak_kg === null || session.peak_u_kg === null ? "" : `± ${session.peak_u_kg.toFixed(1)} kg`;
  return [
    figure("length", session.ended ? place(session.length_s) : text("desk.sessions.no_end")),
    figure("on", seconds(on), text("desk.session.released", { time: seconds(session.released_s) })),
    figure("watched", percent(session.coverage), missing(session)),
    figure("limit", kgUnit(session.limit_kg), text("desk.session.body", { kg: kg(session.body_weight_kg) })),
    figure("peak", kgUnit(session.peak_kg), peak),
    figure("p95", kgUnit(session.p95_kg)),
    figure("mean", kgUnit(session.mean_kg), uncertainty(session)),
    figure("near", seconds(session.near_s)),
    figure("over", seconds(session.over_s), text("desk.session.critical", { time: seconds(session.critical_s) })),
    figure("load_unknown", seconds(session.load_unknown_s)),
    figure("alarms", String(session.alarms), text("desk.session.high", { count: session.high })),
    figure("reaction", session.reaction_s === null ? "–" : seconds(session.reaction_s)),
  ];
}

function missing(session) {
  return session.missing_s > 0 ? text("desk.session.missing", { time: seconds(session.missing_s) }) : "";
}

function uncertainty(session) {
  return session.u_mean_kg === null ? "" : text("desk.session.u_mean", { kg: kg(session.u_mean_kg) });
}

function figure(name, words, more = "") {
  const value = make("dd", { id: `figure-${name}` }, words, more ? make("small", {}, more) : null);
  return make("div", {}, make("dt", {}, text(`desk.session.figure.${name}`)), value);
}

/** Cues may be many: they are listed where somebody wants them. */
function showCalls(session) {
  const calls = session.calls.filter((alarm) => alarm.priority !== "cue" || $("cues").checked);
  $("alarms").hidden = !calls.length;
  $("no-alarms").hidden = calls.length > 0;
  $("calls").replaceChildren(...calls.map(call));
  if (chart === null) return;
  chart.cues = $("cues").checked;
  chart.draw();
}

function call(alarm) {
  const priority = make("span", { class: "priority", "data-priority": alarm.priority }, text(`priorities.${alarm.priority}`));
  const about = alarm.subjects.length ? make("small", {}, alarm.subjects.join("; ")) : null;
  return make(
    "tr",
    {},
    make("td", { class: "number" }, place(alarm.at_s)),
    make("td", {}, priority),
    make("td", {}, alarm.meaning, about),
    make("td", { class: "number" }, alarm.peak_kg === null ? "–" : kg(alarm.peak_kg)),
    make("td", { class: "number" }, alarm.limit_kg === null ? "–" : kg(alarm.limit_kg)),
    make("td", { class: "number" }, alarm.reaction_s === null ? "–" : seconds(alarm.reaction_s)),
    make("td", { class: "wide" }, alarm.by ?? "–"),
    make("td", { class: "wide" }, alarm.outcome),
  );
}

function change(one) {
  const by = one.by ? text("desk.session.changed_by", { who: one.by }) : "";
  return make("li", {}, `${place(one.at_s)} · ${one.words} ${by}`);
}

function showChart(session) {
  chart = new LoadChart($("loads"), session, (from, to, columns) =>
    attempt(() => ask("/data/load", { id, from, to, columns })),
  );
  chart.onRange = (from, to) => {
    $("range").textContent = text("desk.session.range", { from: place(from), to: place(to) });
  };
  $("zoom-in").onclick = () => chart.zoom(0.5);
  $("zoom-out").onclick = () => chart.zoom(2);
  $("earlier").onclick = () => chart.move(-0.5);
  $("later").onclick = () => chart.move(0.5);
  $("whole").onclick = () => chart.look(0, session.length_s);
  chart.look(0, session.length_s);
}
