// Excluding the films that are chosen in the archive, and taking them back.

import { sendJson } from "./api.js";
import { ask, choice, done } from "./choice.js";
import { count } from "./formats.js";
import { _, ngettext } from "./texts.js";

const dialog = document.querySelector("dialog[data-excluding]");
const find = (name) => dialog.querySelector(name);

function lines(extent) {
  const { excluded, waiting, reads, validation } = extent;
  const found = [
    [excluded, ngettext("{number} film is excluded already.", "{number} films are excluded already.", excluded, { number: count(excluded) })],
    [waiting, ngettext("{number} film waits on a list and leaves it.", "{number} films wait on a list and leave it.", waiting, { number: count(waiting) })],
    [reads, ngettext("{number} read is kept.", "{number} reads are kept.", reads, { number: count(reads) })],
    [validation, ngettext("{number} film is of the locked validation split: later evaluations lack it, and say so.", "{number} films are of the locked validation split: later evaluations lack them, and say so.", validation, { number: count(validation) })],
    [extent.versions.length, _("Models that learned from these films stay as they are: version {versions}.", { versions: extent.versions.join(", ") })],
  ];
  return found.filter(([number]) => number).map(([, text]) => text);
}

async function open() {
  const [list, why, exclude, back] = ["ul", "[data-why]", "[data-do]", "[data-undo]"].map(find);
  list.replaceChildren();
  for (const each of [why, exclude, back]) each.hidden = true;
  dialog.showModal();
  const extent = await ask(dialog, () => sendJson("POST", "/api/v1/images/exclude/preview", choice()));
  if (!extent) return;
  list.append(...lines(extent).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const number = extent.images - extent.excluded;
  exclude.textContent = ngettext("Exclude {number} film", "Exclude {number} films", number, { number: count(number) });
  back.textContent = ngettext("Take {number} film back", "Take {number} films back", extent.excluded, { number: count(extent.excluded) });
  why.hidden = exclude.hidden = number === 0;
  back.hidden = extent.excluded === 0;
}

async function send(button, path, body, text) {
  button.disabled = true;
  const changed = await ask(dialog, () => sendJson("POST", path, body));
  button.disabled = false;
  if (changed) done(text(changed.images));
}

function exclude(event) {
  const body = { choice: choice(), reason: find("select").value, note: find("input").value };
  send(event.currentTarget, "/api/v1/images/exclude", body, (number) =>
    ngettext("{number} film is excluded.", "{number} films are excluded.", number, { number: count(number) }),
  );
}

function takeBack(event) {
  send(event.currentTarget, "/api/v1/images/take-back", choice(), (number) =>
    ngettext("{number} film was taken back.", "{number} films were taken back.", number, { number: count(number) }),
  );
}

if (dialog) {
  document.querySelector("[data-exclude]").addEventListener("click", open);
  find("[data-do]").addEventListener("click", exclude);
  find("[data-undo]").addEventListener("click", takeBack);
}
