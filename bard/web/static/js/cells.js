// Every cell, live: whether it keeps still in a shape and a word, its counts, load, noise and rate.

import { make } from "./desk.js";
import { text } from "./texts.js";
import { put } from "./view.js";

const SHAPES = { still: "●", moving: "▲", faulty: "✕" };
const $ = (id) => document.getElementById(id);

/** `cells` as the server tells them; those of other supports than `only` (null: all) are left out. */
export function showCells(cells, only) {
  const shown = cells.filter((cell) => only === null || only.includes(cell.support));
  const list = $("cell-list");
  while (list.children.length > shown.length) list.lastChild.remove();
  while (list.children.length < shown.length) list.append(row());
  shown.forEach((cell, index) => showCell(list.children[index], cell));
}

/** Nothing is known now: the numbers go, the names stay. */
export function forgetCells() {
  for (const item of $("cell-list").children) {
    if (item.dataset.light === "none") continue;
    item.dataset.light = "none";
    put(item.querySelector(".shape"), "×");
    put(item.querySelector(".light"), text("no_data"));
    put(item.querySelector(".more"), "");
    for (const one of item.querySelectorAll("dd")) put(one, "–");
  }
}

function row() {
  const figures = make("dl");
  for (const name of FIGURES)
    figures.append(make("div", {}, make("dt", {}, text(`install.cells.${name}`)), make("dd", { class: name })));
  const head = make("p", { class: "head" }, make("b", { class: "shape", "aria-hidden": "true" }));
  head.append(make("b", { class: "name" }), make("b", { class: "light" }));
  return make("li", {}, head, figures, make("p", { class: "more" }));
}

function showCell(item, cell) {
  if (item.dataset.light !== cell.light) item.dataset.light = cell.light;
  put(item.querySelector(".shape"), SHAPES[cell.light]);
  put(item.querySelector(".name"), cell.name);
  put(item.querySelector(".light"), text(`install.lights.${cell.light}`));
  for (const name of FIGURES) put(item.querySelector(`.${name}`), cell[name] ?? text("unknown"));
  const words = cell.light === "still" ? [] : [cell.light_words];
  if (!cell.well && !words.includes(cell.state)) words.push(cell.state);
  put(item.querySelector(".more"), [...words, ...cell.warnings].join(" · "));
}

const FIGURES = ["counts", "load", "noise", "rate"];
