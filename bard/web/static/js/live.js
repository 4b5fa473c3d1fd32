// The live page: the connection, what it shows, what it plays.

import { Actions } from "./actions.js";
import { Awake } from "./awake.js";
import { Chart } from "./chart.js";
import { Link } from "./link.js";
import { NOT_MONITORED, Signals } from "./signals.js";
import { fill, text } from "./texts.js";
import { put, show, showStopped } from "./view.js";

const $ = (id) => document.getElementById(id);
const SECOND_MS = 1000;

fill();
document.title = text("title");
put($("link"), text("connecting"));
const chart = new Chart($("canvas"), { from: text("chart_from"), now: text("chart_now") });
const signals = new Signals();
const awake = new Awake();
let stopped = { why: null, since: performance.now() };

const link = new Link({
  hello(message) {
    actions.allow(message.may);
    const [more] = message.pages.filter((path) => path !== "/live");
    $("more").hidden = !more;
    $("more").href = more ?? "";
    chart.begin(message.history);
  },
  view(view) {
    stopped = null;
    show(view);
    actions.show(view);
    chart.add(view.at_us, view.load, view.level === "unknown", view.marks);
    signals.show(view.vibrator, view.buzzer);
    sayArmed();
  },
  stopped(why) {
    stopped = { why, since: stopped?.since ?? performance.now() };
    showStopped(why, (performance.now() - stopped.since) / SECOND_MS);
    actions.show(null);
    signals.show(NOT_MONITORED, NOT_MONITORED);
  },
});
const actions = new Actions(link);
actions.show(null);

setInterval(() => {
  if (stopped) showStopped(stopped.why, (performance.now() - stopped.since) / SECOND_MS);
  sayArmed();
}, SECOND_MS);

for (const id of ["arm", "armed"]) $(id).onclick = arm;

async function arm() {
  await signals.arm();
  const words = [text("tried"), text(signals.canVibrate ? "can_vibrate" : "cannot_vibrate")];
  if (!(await awake.keep())) words.push(text("dark"));
  actions.say(words.join(" "));
  sayArmed();
}

function sayArmed() {
  const works = signals.armed && !signals.silenced;
  $("arm").hidden = works;
  put($("arm").firstChild, text(signals.silenced ? "sound_stopped" : "arm"));
  $("armed").hidden = !works;
  put($("armed"), text("armed"));
  $("armed").title = text("armed_help");
}
