// All words of the pages, in the language of the document; a translation is one file in ../texts.
const texts = await (await fetch(`/static/texts/${document.documentElement.lang}.json`)).json();

/** The text of `key` ("levels.near"), with {names} filled in; the key itself where there is none. */
export function text(key, values = {}) {
  let found = texts;
  for (const part of key.split(".")) found = found?.[part];
  if (typeof found !== "string") return key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** `8 s`, `3 min 5 s`. */
export function time(seconds) {
  const count = Math.max(0, Math.floor(seconds));
  return count < 60
    ? text("seconds", { count })
    : text("minutes", { count: Math.floor(count / 60), rest: count % 60 });
}

/** Fill what is marked with data-text (its content) and data-label (its name for screen readers). */
export function fill(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of root.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", text(element.dataset.label));
}
