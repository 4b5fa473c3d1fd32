// The installer's page: cells live above, one kind of work at a time below.
//
// One law: what is shown of the cells answers a question that this page asked less than LIVE_MS ago; when that fails
// the numbers go.

import { once } from "./asking.js";
import { forgetCells, showCells } from "./cells.js";
import { ask, make } from "./desk.js";
import { doctorLooks, showDoctor } from "./findings.js";
import { forgetGuide, showGuide } from "./guide.js";
import { showOutputs } from "./outputs.js";
import { fill, text } from "./texts.js";
import { put } from "./view.js";

const LIVE_MS = 700;
const EVERY_MS = 200;
const TABS = { guide: null, signals: showOutputs, doctor: showDoctor, certificate: null };
const $ = (id) => document.getElementById(id);

fill();
document.title = text("install.title");
put($("link"), text("connecting"));

async function watch() {
  for (;;) {
    try {
      const now = await ask("/install/now", {}, LIVE_MS);
      if (doctorLooks()) lose(text("install.doctor.has_ports"));
      else if (now.why === undefined) show(now);
      else lose(text(`lost.${now.why}`));
    } catch (error) {
      lose(error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function show(now) {
  document.documentElement.dataset.link = "live";
  const { view } = now;
  put($("link"), text(view.in_session ? "install.in_session" : "live"));
  put($("station"), now.station);
  showGuide(now);
  showCells(now.cells, $("guide").hidden ? null : worked(view.state));
  const until = { digest: view.digest, day: view.expires };
  const known = text(view.expires ? "install.calibration_until" : "install.calibration", until);
  put($("calibration"), view.digest === null ? text("install.no_calibration") : known);
  put($("certificate-of"), $("calibration").textContent);
}

/** Supports that are worked on; null: all. On a ladder there is no room for others. */
function worked(state) {
  if (state === null) return null;
  return state.support ? [state.support] : state.bars.map((bar) => bar.name);
}

function lose(why) {
  document.documentElement.dataset.link = "stopped";
  put($("link"), text("no_data"));
  forgetCells();
  forgetGuide();
  put($("calibration"), why);
}

/** The tab of this name, and nothing of the others. */
function open(name) {
  for (const one of Object.keys(TABS)) {
    $(one).hidden = one !== name;
    $(`${one}-tab`).setAttribute("aria-selected", String(one === name));
    $(`${one}-tab`).tabIndex = one === name ? 0 : -1;
  }
  history.replaceState(null, "", `#${name}`);
  TABS[name]?.();
}

const names = Object.keys(TABS);
for (const [index, name] of names.entries()) {
  $(`${name}-tab`).onclick = () => open(name);
  $(`${name}-tab`).onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = names[(index + step + names.length) % names.length];
    open(next);
    $(`${next}-tab`).focus();
  };
}

$("fetch-certificate").onclick = () =>
  once($("fetch-certificate"), async () => {
    put($("certificate-said"), text("install.certificate.making"));
    put($("certificate-said"), await fetchCertificate());
  });

/** Hand the file to the browser; what came of it in words. */
async function fetchCertificate() {
  const failed = text("desk.no_server");
  try {
    const answer = await fetch("/install/certificate", { cache: "no-store", signal: AbortSignal.timeout(90_000) });
    if (answer.status === 401) location.replace("/pair");
    if (!answer.ok) return text("refused", { why: JSON.parse(await answer.text()).refusal ?? failed });
    const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: "certificate.html" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    return text("install.certificate.done");
  } catch {
    return failed;
  }
}

open(names.includes(location.hash.slice(1)) ? location.hash.slice(1) : names[0]);
watch();
