// The signals test: each output plays the self-test, and what a person felt or heard is told to bard, which keeps it.

import { button } from "./asking.js";
import { ask, attempt, make, tell } from "./desk.js";
import { text } from "./texts.js";

const PLAYS_MS = 1800;
const rows = new Map();
const $ = (id) => document.getElementById(id);

/** Show all outputs there are now; what was said of those that were there before stays. */
export async function showOutputs() {
  const told = await attempt(() => ask("/install/outputs"));
  if (!told) return;
  const shown = [...$("outputs").children].map((item) => item.dataset.output);
  if (shown.join("\n") === told.outputs.join("\n")) return; // what is being tapped stays where it is
  for (const name of told.outputs) if (!rows.has(name)) rows.set(name, row(name));
  $("outputs").replaceChildren(...told.outputs.map((name) => rows.get(name)));
}

function row(output) {
  const said = make("p", { class: "said", role: "status" });
  const asked = make("div", { class: "row", hidden: "" }, make("p", {}, text("install.signals.felt")));
  const item = make("li", { "data-output": output }, make("b", { class: "name" }, output));
  const say = (noticed) => async () => {
    await tell("/install/noticed", { type: "noticed", output, noticed, who: $("who").value.trim() });
    asked.hidden = true;
    said.dataset.noticed = String(noticed);
    said.textContent = text(noticed ? "install.signals.noticed" : "install.signals.missed");
  };
  asked.append(
    button(text("install.signals.yes"), say(true), { class: "yes" }),
    button(text("install.signals.no"), say(false), { class: "no" }),
  );
  const play = button(
    text("install.signals.play"),
    async () => {
      said.textContent = "";
      asked.hidden = true;
      await tell("/install/try", { output });
      await new Promise((resolve) => setTimeout(resolve, PLAYS_MS));
      asked.hidden = false;
    },
    { class: "play" },
  );
  item.append(play, asked, said);
  return item;
}
