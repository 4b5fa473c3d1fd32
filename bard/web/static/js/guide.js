// An installer's procedure, one step after another: bard decides, this shows where it stands and what may be done.
//
// One law: what is shown follows from what bard told last, so a page that was closed goes on where it stood; nothing of
// a procedure is kept here.

import { once, twice } from "./asking.js";
import { showBars } from "./bars.js";
import { $, make, say, tell } from "./desk.js";
import { beginning, loading, numberIn, prepareBegin, prepareLoad } from "./loading.js";
import { text } from "./texts.js";
import { put } from "./view.js";

let now = null;
let lastDone = null;

/** Have bard do one thing of it. */
export async function have(asked) {
  await tell("/install/ask", asked);
}

/** `told` as the server tells it; drawn again only where it changed. */
export function showGuide(told) {
  now = told;
  const { view } = told;
  const { state, averaging } = view;
  if (lastDone !== null && view.done !== lastDone) say("");
  lastDone = view.done;
  showStages(told.stages, state);
  showSaid(view);
  put($("todo"), averaging ? "" : state ? state.todo : text("install.guide.connect"));
  showAveraging(averaging);
  const waits = view.waits_for_scale;
  const idle = !averaging && !waits;
  const stage = state?.stage;
  const reads = stage === "check" || stage === "zero";
  $("begin").hidden = Boolean(state) || !idle;
  $("read").hidden = !idle || !reads;
  if (reads) put($("read"), text(`install.guide.read_${stage}`));
  $("shown").hidden = !waits || Boolean(averaging);
  $("accept").hidden = !idle || stage !== "accept";
  $("hung").hidden = !idle || !state || reads;
  $("others").hidden = !state || Boolean(averaging);
  $("zero-again").hidden = reads || waits;
  if (state) put($("undo"), waits ? text("install.guide.undo_pull") : text("install.guide.undo", { what: state.undo }));
  if (state) prepareLoad(state);
  else prepareBegin(told.supports);
  showBars(state, view.loads_kg, idle ? strike : null);
}

/** Nothing is known of it now: nothing can be tapped. */
export function forgetGuide() {
  for (const id of ["begin", "read", "shown", "accept", "hung", "others", "averaging"]) $(id).hidden = true;
  put($("todo"), "");
}

function showStages(stages, state) {
  const names = ["connect", ...(stages.length ? stages : ["check", "zero", "span", "corners", "verify", "accept"])];
  const at = state ? names.indexOf(state.stage) : 0;
  const key = `${names.join()} ${at}`;
  if ($("stages").dataset.key === key) return;
  $("stages").dataset.key = key;
  $("stages").replaceChildren(
    ...names.map((name, index) => {
      const how = index < at ? "done" : index === at ? "now" : "later";
      const words = how === "later" ? "" : `${text(`install.guide.stage_${how}`)} `;
      const hidden = make("span", { class: "unseen" }, words);
      const current = how === "now" ? "step" : null;
      return make("li", { class: how, "aria-current": current }, hidden, text(`install.guide.stages.${name}`));
    }),
  );
}

function showSaid(view) {
  $("said").classList.toggle("bad", view.refusal !== "");
  const said = view.said ? text("install.guide.said", { words: view.said }) : "";
  put($("said"), view.refusal ? text("install.guide.refused", { why: view.refusal }) : said);
  if (view.averaging) put($("said"), "");
}

function showAveraging(averaging) {
  $("averaging").hidden = !averaging;
  if (!averaging) return;
  const count = Math.max(0, Math.ceil(averaging.seconds - averaging.done_s));
  $("averaging-done").value = averaging.done_s / averaging.seconds;
  put($("averaging-what"), text("install.guide.reading", { what: averaging.what, count }));
}

function strike(number) {
  return have({ do: "strike", number });
}

function onSubmit(id, work) {
  $(id).onsubmit = (event) => {
    event.preventDefault();
    once($(id).querySelector("button.strong"), work);
  };
}

onSubmit("begin", () => have(beginning(now.supports)));
onSubmit("hung", () => have(loading(now.view.state)));
onSubmit("shown", async () => {
  await have({ do: "shown", kg: numberIn("shown-kg", 0, 500, true) });
  $("shown-kg").value = "";
});
$("read").onclick = () => once($("read"), () => have({ do: now.view.state.stage === "check" ? "check" : "free" }));
$("zero-again").onclick = () => once($("zero-again"), () => have({ do: "free" }));
$("accept").onclick = () => once($("accept"), () => have({ do: "accept" }));
$("undo").onclick = () => once($("undo"), () => have({ do: "undo" }));
$("stop").onclick = () => once($("stop"), () => have({ do: "stop" }));
twice($("drop"), text("install.guide.drop"), text("install.guide.drop_sure"), () => have({ do: "drop" }));
