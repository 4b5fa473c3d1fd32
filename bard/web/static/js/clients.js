// One client: code, name where the studio keeps names, and limits.
//
// One law: limits are kept whole and by somebody who says who; what stands in a field is what is set now or what
// somebody typed, and nothing else.

import { $, ask, attempt, make, say, tell } from "./desk.js";
import { text } from "./texts.js";

const NUMBERS = ["limit_kg", "near_kg", "critical_kg", "sustained_kg", "sustained_s", "rate_kg_s"];

/** The number in a field, null for none. Throws for what is none. */
export function number(id) {
  const typed = $(id).value.trim().replace(",", ".");
  if (typed === "") return null;
  const value = Number(typed);
  if (!Number.isFinite(value)) throw new Error(text("desk.people.no_number", { typed }));
  return value;
}

/** `40.0 kg, near 34.0 kg, ribs 25.0 kg`. */
export function limitsWords(limits) {
  if (limits === null) return text("desk.people.no_limit");
  if (limits.damaged !== undefined) return limits.damaged;
  const kg = (value) => value.toFixed(1);
  const words = [`${kg(limits.limit_kg)} kg`];
  if (limits.near_kg !== null) words.push(text("desk.people.words.near", { kg: kg(limits.near_kg) }));
  if (limits.critical_kg !== null) words.push(text("desk.people.words.critical", { kg: kg(limits.critical_kg) }));
  if (limits.sustained_kg !== null)
    words.push(text("desk.people.words.sustained", { kg: kg(limits.sustained_kg), s: limits.sustained_s }));
  if (limits.rate_kg_s !== null) words.push(text("desk.people.words.rate", { rate: limits.rate_kg_s }));
  for (const [zone, value] of Object.entries(limits.zones)) words.push(`${zone} ${kg(value)} kg`);
  return words.join(", ");
}

export class ClientForm {
  /** `kept(code)` when one was added or changed. */
  constructor(kept) {
    this.kept = kept;
    this.client = null;
    this.names = false;
    $("client-cancel").onclick = () => {
      $("client-form").hidden = true;
    };
    $("client-form").onsubmit = (event) => {
      event.preventDefault();
      this.keep();
    };
  }

  /** To change this one; null: to add one. */
  async open(client) {
    this.client = client;
    const limits = client?.limits?.damaged === undefined ? client?.limits : null;
    $("client-title").textContent = text(client ? "desk.people.change" : "desk.people.add_client", { code: client?.code });
    $("client-code").value = client?.code ?? "";
    $("client-code").disabled = client !== null;
    $("client-name").value = client?.name ?? "";
    $("client-notes").value = client?.notes ?? "";
    for (const name of NUMBERS) $(name).value = limits?.[name] ?? "";
    $("zones").value = Object.entries(limits?.zones ?? {})
      .map(([zone, kg]) => `${zone} = ${kg}`)
      .join("\n");
    $("by").value = "";
    this.before = this.typed();
    $("history").replaceChildren();
    $("client-form").hidden = false;
    $("client-form").scrollIntoView({ block: "nearest" });
    if (client) this.showHistory(await attempt(() => ask("/data/client", { client: client.code })));
  }

  showHistory(told) {
    if (!told) return;
    const limits = told.limits.map((one) =>
      make("li", {}, limitsWords(one), one.by ? make("small", {}, text("desk.people.set_by", one)) : null),
    );
    const overrides = told.overrides.map((one) => make("li", {}, one.damaged ?? text("desk.people.overridden", one)));
    $("history").replaceChildren(make("h3", {}, text("desk.people.history")), make("ul", {}, ...limits, ...overrides));
  }

  typed() {
    return [...NUMBERS, "zones"].map((name) => $(name).value.trim()).join("|");
  }

  /** null where nothing of them was typed or changed. */
  limits() {
    if (this.typed() === this.before) return null;
    if ($("limit_kg").value.trim() === "") throw new Error(text("desk.people.whole"));
    return { ...Object.fromEntries(NUMBERS.map((name) => [name, number(name)])), zones: this.zones() };
  }

  zones() {
    const zones = {};
    for (const line of $("zones").value.split("\n").filter((one) => one.trim() !== "")) {
      const at = line.lastIndexOf("=");
      const name = line.slice(0, at).trim();
      const kg = Number(line.slice(at + 1).trim().replace(",", "."));
      if (at < 1 || name === "" || line.slice(at + 1).trim() === "" || !Number.isFinite(kg))
        throw new Error(text("desk.people.no_zone", { typed: line }));
      if (Object.hasOwn(zones, name)) throw new Error(text("desk.people.twice", { zone: name }));
      Object.defineProperty(zones, name, { value: kg, enumerable: true });
    }
    return zones;
  }

  async keep() {
    say("");
    const told = await attempt(() =>
      tell("/do/client", {
        is_new: this.client === null,
        code: this.client?.code ?? ($("client-code").value.trim() || null),
        name: this.names ? $("client-name").value.trim() : null,
        notes: this.names ? $("client-notes").value.trim() : null,
        limits: this.limits(),
        by: $("by").value,
      }),
    );
    if (!told) return;
    $("client-form").hidden = true;
    await this.kept(told.code);
  }
}
