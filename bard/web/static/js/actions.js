// The buttons: each is one command of the control socket; what was refused is said.

import { text } from "./texts.js";
import { put } from "./view.js";

const TOAST_MS = 5000;
const SURE_MS = 4000;
const PAUSE_S = 30;
const $ = (id) => document.getElementById(id);

export class Actions {
  constructor(link) {
    this.link = link;
    this.view = null;
    this.may = [];
    this.sureUntil = 0;
    this.toast = null;
    $("acknowledge").onclick = () => this.give({ type: "acknowledge" });
    $("pause").onclick = () => this.give({ type: "pause_audio", seconds: PAUSE_S });
    $("step-down").onclick = () => this.stepDown();
    $("choose-zone").onclick = () => this.openZones();
  }

  /** What this device's role may do; buttons for the rest are not there. */
  allow(may) {
    this.may = may;
    for (const [id, name] of BUTTONS) $(id).hidden = !may.includes(name);
  }

  show(view) {
    this.view = view;
    const waiting = view?.alarms.some((alarm) => alarm.waits) ?? false;
    $("acknowledge").disabled = !waiting;
    put($("acknowledge").lastChild, waiting || !view ? "" : text("acknowledge_none"));
    const paused = view?.paused_s ?? 0;
    $("pause").disabled = !view;
    $("pause").setAttribute("aria-pressed", String(paused > 0));
    put($("pause").firstChild, text(paused ? "paused" : "pause"));
    put($("pause").lastChild, paused ? text("paused_help", { count: paused }) : text("pause_help"));
    const sure = performance.now() < this.sureUntil;
    $("step-down").disabled = !view?.marks;
    $("step-down").classList.toggle("sure", sure);
    put($("step-down").firstChild, text(sure ? "step_down_sure" : "step_down"));
    put($("step-down").lastChild, text(sure ? "step_down_again" : "step_down_help"));
    const zones = view?.zones ?? [];
    $("choose-zone").disabled = !zones.length;
    put($("choose-zone").lastChild, zones.length ? (view.zone ?? text("no_zone")) : view ? text("zone_no_zones") : "");
    if (!view && $("zones").open) $("zones").close();
  }

  /** Twice within some seconds: whoever says that nobody is on the client ends the watch over the load. */
  stepDown() {
    const now = performance.now();
    if (now < this.sureUntil) {
      this.sureUntil = 0;
      this.give({ type: "step_down" });
    } else {
      this.sureUntil = now + SURE_MS;
    }
    this.show(this.view);
  }

  openZones() {
    const all = [{ name: null, words: text("zone_none_help") }, ...this.view.zones];
    $("zone-list").replaceChildren(...all.map((zone) => this.zoneButton(zone)));
    $("zones").showModal();
  }

  zoneButton(zone) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(this.view.zone === zone.name));
    const name = document.createElement("b");
    name.textContent = zone.name ?? text("no_zone");
    const words = document.createElement("span");
    words.textContent = zone.words;
    button.append(name, words);
    button.onclick = () => {
      $("zones").close();
      this.give({ type: "set_zone", zone: zone.name });
    };
    return button;
  }

  async give(command) {
    const refusal = await this.link.give(command);
    if (refusal === null) this.say(text(`done.${command.type}`));
    else this.say(refusal === "" ? text("no_answer") : text("refused", { why: refusal }));
  }

  say(words) {
    clearTimeout(this.toast);
    $("toast").textContent = words;
    $("toast").hidden = false;
    this.toast = setTimeout(() => {
      $("toast").hidden = true;
    }, TOAST_MS);
  }
}

const BUTTONS = [
  ["acknowledge", "acknowledge"],
  ["pause", "pause_audio"],
  ["step-down", "step_down"],
  ["choose-zone", "set_zone"],
];
