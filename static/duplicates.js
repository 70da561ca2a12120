// Marking films that are chosen in the archive, or shown as the same picture, as one film: one is kept.

import { sendJson } from "./api.js";
import { ask, choice, done } from "./choice.js";
import { count } from "./formats.js";
import { _, ngettext } from "./texts.js";

const dialog = document.querySelector("dialog[data-same]");
const find = (name) => dialog.querySelector(name);

const SPLITS = { development: _("development"), validation: _("validation") };

const element = (name, properties) => Object.assign(document.createElement(name), properties);

/** A film to choose: its picture, its number, and whose it is. */
function film(image, kept) {
  const label = element("label", { className: "same-film" });
  const input = element("input", { type: "radio", name: "keep", value: image.image_id, checked: kept });
  const picture = image.thumbnail ? element("img", { src: image.thumbnail, alt: "" }) : element("span", {});
  const about = [image.side, image.patient_key, SPLITS[image.split] ?? image.split].filter(Boolean).join(" · ");
  const reads = ngettext("{number} read", "{number} reads", image.reads, { number: count(image.reads) });
  label.append(picture, input, _("Image {number}", { number: image.image_id }));
  label.append(element("span", { className: "note", textContent: `${about} · ${reads}` }));
  return label;
}

function lines(copies) {
  const versions = copies.versions.join(", ");
  return [
    [copies.same_picture, _("All of them are the very same picture, pixel by pixel.")],
    [!copies.same_picture, _("Their pictures are not the same pixel by pixel: compare them before you go on.")],
    [copies.sides_differ, _("Some are films of a left knee and some of a right one.")],
    [copies.patients > 1, ngettext("They are of {number} patient.", "They are of {number} patients. If these are one person, look at the other films of theirs, too.", copies.patients, { number: count(copies.patients) })],
    [copies.both_splits, _("They are in both splits: what teaches a model measures it, too. Whichever is kept, later trainings and evaluations use the film once.")],
    [copies.both_splits && versions, _("Version {versions} learned from one of them: what was measured of it includes a film it had seen.", { versions })],
  ].filter(([holds]) => holds).map(([, text]) => text);
}

async function open() {
  const [films, list, button] = [".same", "ul", "[data-do]"].map(find);
  films.replaceChildren();
  list.replaceChildren();
  button.hidden = true;
  dialog.showModal();
  const copies = await ask(dialog, () => sendJson("POST", "/api/v1/images/duplicates/preview", { ids: choice().ids }));
  if (!copies) return;
  films.append(...copies.images.map((image) => film(image, image.image_id === copies.keep)));
  list.append(...lines(copies).map((text) => element("li", { textContent: text })));
  const others = copies.images.length - 1;
  button.textContent = ngettext("Exclude the other {number}", "Exclude the other {number}", others, { number: count(others) });
  button.hidden = false;
}

async function mark(event) {
  const button = event.currentTarget;
  const keep = Number(dialog.querySelector("[name=keep]:checked").value);
  button.disabled = true;
  const changed = await ask(dialog, () => sendJson("POST", "/api/v1/images/duplicates", { ids: choice().ids, keep }));
  button.disabled = false;
  if (changed) done(ngettext("{number} duplicate is excluded.", "{number} duplicates are excluded.", changed.images, { number: count(changed.images) }));
}

if (dialog) {
  document.querySelector("[data-duplicates]").addEventListener("click", open);
  find("[data-do]").addEventListener("click", mark);
}
