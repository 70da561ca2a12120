// The page on which a worklist is read: a digit labels the film, with what was tagged and noted.

import { Desk } from "./desk/desk.js";
import { showOpinions } from "./desk/opinions.js";
import { Remarks } from "./desk/remarks.js";
import { _ } from "./texts.js";

const { worklist } = document.querySelector("#desk").dataset;
const opinions = document.querySelector("#opinions");
const history = document.querySelector("#history");
const remarks = new Remarks(document.querySelector(".remarks"));
const names = new Map(
  [...document.querySelectorAll("[data-class]")].map(({ dataset }) => [Number(dataset.class), dataset.name]));

const REASONS = [
  ["poor_quality", _("No label: poor quality"), "q"],
  ["not_a_knee", _("No label: not a knee"), "k"],
  ["unsure", _("No label: unsure"), "x"],
];

function decisions(desk) {
  const label = (said) => () =>
    desk.decide(`/api/v1/images/${desk.item?.film.image_id}/annotations`, { worklist, ...said, ...remarks.said });
  const classes = [...document.querySelectorAll("[data-class]")].map(({ dataset }) => ({
    group: _("Reading"),
    name: dataset.name,
    keys: [dataset.key],
    act: label({ class_id: Number(dataset.class) }),
    button: dataset.act,
    decides: true,
  }));
  const none = REASONS.map(([reason, name, key]) => ({
    group: _("Reading"),
    name,
    keys: [key],
    act: label({ class_id: null, reason }),
    button: reason,
    decides: true,
  }));
  return [...classes, ...none, ...remarks.commands];
}

function shown(item) {
  remarks.clear(item);
  history.href = `/images/${item.film.image_id}/history`;
  if (opinions) showOpinions(opinions, item.opinions, names);
}

new Desk(decisions, shown).start();
