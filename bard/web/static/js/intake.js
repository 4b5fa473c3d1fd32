// The intake's questions: every one is put, none has an answer before somebody gives it.

import { $, attempt, make, say, tell } from "./desk.js";
import { text } from "./texts.js";

const REPLIES = ["no", "yes", "unsure"];

export class Intake {
  /** `kept()` when answers were stored. */
  constructor(kept) {
    this.kept = kept;
    this.told = null;
    $("intake").onsubmit = (event) => {
      event.preventDefault();
      this.keep();
    };
  }

  hide() {
    this.told = null;
    $("intake").hidden = true;
  }

  show(told) {
    this.told = told;
    $("reminder").textContent = told.reminder;
    $("due").textContent = told.due ?? "";
    $("questions").replaceChildren(...told.items.map(question));
    $("intake").hidden = false;
  }

  async keep() {
    const answers = Object.fromEntries(new FormData($("intake")));
    const what = { client: this.told.client, by: $("asked-by").value, answers };
    const told = await attempt(() => tell("/do/intake", what));
    if (!told) return;
    this.hide();
    await this.kept();
    say(text(told.blocking.length ? "desk.intake.kept_blocking" : "desk.intake.kept"), !told.blocking.length);
  }
}

function question(item) {
  const last = item.last ? make("small", {}, text("desk.intake.last", { reply: text(`desk.replies.${item.last}`) })) : null;
  const replies = REPLIES.map((reply) =>
    make(
      "label",
      { class: "reply" },
      make("input", { type: "radio", name: item.id, value: reply, required: "" }),
      text(`desk.replies.${reply}`),
    ),
  );
  return make("fieldset", {}, make("legend", {}, item.words, last), ...replies);
}
