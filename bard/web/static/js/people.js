// Clients and therapists: all of them, and how long records are kept.

import { $, ask, attempt, begin, kgUnit, make, say, tell } from "./desk.js";
import { ClientForm, limitsWords, number } from "./clients.js";
import { text } from "./texts.js";

let edited = null;

await begin("people");
const clients = new ClientForm(kept);
$("new-client").onclick = () => clients.open(null);
$("new-therapist").onclick = () => openTherapist(null);
$("therapist-cancel").onclick = () => {
  $("therapist-form").hidden = true;
};
$("therapist-form").onsubmit = (event) => {
  event.preventDefault();
  keepTherapist();
};
await show();

async function show() {
  const told = await attempt(() => ask("/data/people"));
  if (!told) return;
  for (const one of document.querySelectorAll(".named")) one.hidden = !told.names;
  clients.names = told.names;
  for (const name of ["clients", "therapists"]) {
    $(name).hidden = !told[name].length;
    $(`no-${name}`).hidden = told[name].length > 0;
  }
  $("client-rows").replaceChildren(...told.clients.map(clientRow));
  $("therapist-rows").replaceChildren(...told.therapists.map(therapistRow));
  $("retention").replaceChildren(...Object.entries(told.retention).map(retention));
}

async function kept(code) {
  await show();
  say(text("desk.people.kept", { code }), true);
}

function clientRow(client) {
  const name = client.name ? make("small", {}, client.name) : null;
  const damaged = client.limits?.damaged !== undefined;
  const limits = make("td", { class: client.limits === null || damaged ? "unknown" : null }, limitsWords(client.limits));
  if (client.limits && !damaged) limits.append(make("small", {}, text("desk.people.set_by", client.limits)));
  const intake = client.intake_by === null ? "–" : text("desk.people.asked_by", { by: client.intake_by, day: client.intake_day });
  const due = client.intake_due ? make("small", { class: "unknown" }, client.intake_due) : null;
  return make(
    "tr",
    { "data-code": client.code },
    make("td", { class: "code" }, client.code, name),
    limits,
    make("td", { class: "wide" }, intake, due),
    actions(
      button("edit", () => clients.open(client)),
      link(`/sessions#client=${encodeURIComponent(client.code)}`, text("desk.people.sessions", { count: client.sessions })),
      link(`/download/client?client=${encodeURIComponent(client.code)}`, text("desk.people.trends"), ""),
    ),
  );
}

function therapistRow(one) {
  const weight = one.weight === null ? text("desk.people.no_weight") : (one.weight.damaged ?? kgUnit(one.weight.kg));
  const dated = one.weight?.dated ? make("small", {}, text("desk.people.dated", { day: one.weight.dated, u: one.weight.u_kg })) : null;
  return make(
    "tr",
    { "data-code": one.code },
    make("td", { class: "code" }, one.code),
    make("td", { class: one.weight?.kg === undefined ? "unknown" : null }, weight, dated),
    make("td", { class: "number" }, String(one.sessions)),
    actions(
      button("edit", () => openTherapist(one)),
      link(`/sessions#therapist=${encodeURIComponent(one.code)}`, text("desk.sessions.title")),
    ),
  );
}

function actions(...children) {
  return make("td", {}, make("div", { class: "row" }, ...children));
}

function button(name, act) {
  const made = make("button", { type: "button", class: name }, text(`desk.people.${name}`));
  made.onclick = act;
  return made;
}

function link(href, words, download = null) {
  return make("a", { class: "button", href, download }, words);
}

function openTherapist(one) {
  edited = one;
  $("therapist-title").textContent = text(one ? "desk.people.change" : "desk.people.add_therapist", { code: one?.code });
  $("therapist-code").value = one?.code ?? "";
  $("therapist-code").disabled = one !== null;
  for (const id of ["body_weight_kg", "u_kg"]) $(id).value = "";
  $("therapist-form").hidden = false;
  $("therapist-form").scrollIntoView({ block: "nearest" });
}

async function keepTherapist() {
  say("");
  const told = await attempt(() =>
    tell("/do/therapist", {
      is_new: edited === null,
      code: edited?.code ?? ($("therapist-code").value.trim() || null),
      body_weight_kg: number("body_weight_kg"),
      u_kg: number("u_kg"),
    }),
  );
  if (!told) return;
  $("therapist-form").hidden = true;
  await kept(told.code);
}

function retention([name, days]) {
  const words = days ? text("desk.people.days", { count: days }) : text("desk.people.forever");
  return make("li", { class: "line" }, make("b", {}, text(`desk.retention.${name}`)), words);
}
