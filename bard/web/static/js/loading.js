// The forms of a procedure: who begins it with what, and what hangs, is pulled on or is hung on.
//
// One law: what was told once is not asked again, and what is wrong with what was typed is said with what is allowed.

import { $, make } from "./desk.js";
import { text } from "./texts.js";
import { put } from "./view.js";

const TOLD = { weights: "", scale: "scale", hang: "hanging person" };

/** The number typed there, with a comma too; null where nothing is typed and nothing `must` be. Throws what is wrong. */
export function numberIn(id, least, most, must = false) {
  const typed = $(id).value.trim();
  if (typed !== "") return number(typed, least, most);
  if (must) throw new Error(text("install.guide.missing", { least, most }));
  return null;
}

function number(typed, least, most) {
  const found = Number(typed.replace(",", "."));
  if (typed === "" || Number.isNaN(found)) throw new Error(text("install.guide.no_number", { typed, least, most }));
  if (found < least || found > most) throw new Error(text("install.guide.out_of_bounds", { typed, least, most }));
  return found;
}

const checked = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? null;

/** The form to begin with, for these supports. */
export function prepareBegin(supports) {
  $("which").hidden = supports.length < 2;
  const all = $("begin").querySelectorAll(".new");
  for (const one of all) one.hidden = checked("purpose") === "verify";
  for (const one of $("rated").children) one.hidden = !chosenIn().includes(one.dataset.support);
  if ($("supports").childElementCount) return;
  $("supports").replaceChildren(
    ...supports.map((one) => {
      const box = make("input", { type: "checkbox", value: one.name, checked: "" });
      return make("label", {}, box, make("span", {}, one.name));
    }),
  );
  const unrated = supports.filter((one) => one.rated_kg === null);
  $("rated").replaceChildren(
    ...unrated.map((one) => {
      const typed = make("input", { inputmode: "decimal", autocomplete: "off", id: `rated-${supports.indexOf(one)}` });
      return make("label", { "data-support": one.name }, make("span", {}, text("install.guide.rated", { name: one.name })), typed);
    }),
  );
}

function chosenIn() {
  return [...$("supports").querySelectorAll("input:checked")].map((box) => box.value);
}

/** What is asked of bard to begin. */
export function beginning(supports) {
  const installer = $("installer").value.trim();
  if (!installer) throw new Error(text("install.guide.missing_name"));
  const chosen = chosenIn();
  if (!chosen.length) throw new Error(text("install.guide.missing_support"));
  const asked = { do: "begin", installer, purpose: checked("purpose"), supports: chosen };
  asked.temperature_c = numberIn("temperature", -40, 85);
  if (asked.purpose === "verify") return asked;
  asked.capacity_kg = numberIn("capacity", 1, 50000);
  asked.mv_per_v = numberIn("mv-per-v", 0.1, 10);
  asked.rated_kg = {};
  supports.forEach((one, index) => {
    const rated = one.rated_kg === null && chosen.includes(one.name) ? numberIn(`rated-${index}`, 1, 2000) : null;
    if (rated !== null) asked.rated_kg[one.name] = rated;
  });
  return asked;
}

/** The form of a load, for where the procedure stands. */
export function prepareLoad(state) {
  const kind = checked("kind");
  const names = state.bars.map((bar) => bar.name);
  const known = state.sources.some((source) => source.name === TOLD[kind]);
  const verifies = state.stage === "verify" || state.stage === "accept";
  $("one-of").hidden = state.support !== "" || names.length < 2;
  if ($("support").dataset.names !== names.join("\n")) {
    $("support").dataset.names = names.join("\n");
    $("support").replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  }
  $("kilograms-label").hidden = kind !== "weights";
  $("body-label").hidden = kind === "weights" || known;
  $("within-label").hidden = kind !== "weights" && known;
  put($("body-words"), kind === "weights" ? "" : text(`install.guide.body_${kind}`));
  put($("within-words"), text(`install.guide.within_${kind}`));
  put($("tips"), kind === "weights" ? "" : text(`install.guide.tips_${kind}`));
  $("where").hidden = barOf(state).cells.length < 2;
  $("way").hidden = kind !== "scale";
  $("hold-label").hidden = kind !== "weights";
  $("fit-label").hidden = !verifies || state.purpose === "verify";
}

function barOf(state) {
  const name = state.support || $("support").value;
  return state.bars.find((bar) => bar.name === name) ?? state.bars[0];
}

/** What is asked of bard to read it. */
export function loading(state) {
  const kind = checked("kind");
  const bar = barOf(state);
  const asked = { do: "load", kind, support: bar.name };
  if (kind === "weights")
    asked.kilograms = $("kilograms")
      .value.split("+")
      .map((part) => number(part.trim(), 0.1, 500));
  else if (!$("body-label").hidden) asked.body_kg = numberIn("body-kg", 20, 250, true);
  if (!$("within-label").hidden) asked.within = numberIn("within", 0.001, 10);
  if (bar.cells.length > 1) {
    if (checked("place") === null) throw new Error(text("install.guide.missing_place"));
    asked.place = Number(checked("place"));
  }
  if (kind === "scale") asked.direction = checked("direction");
  asked.hold = kind === "weights" && $("hold").checked;
  asked.for_the_fit = !$("fit-label").hidden && $("for-the-fit").checked;
  return asked;
}
