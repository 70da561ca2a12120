// The page on which a worklist is read blind: a digit labels the film.

import { Desk } from "./desk/desk.js";
import { showOpinions } from "./desk/opinions.js";

const { worklist } = document.querySelector("#desk").dataset;
const opinions = document.querySelector("#opinions");
const names = new Map(
  [...document.querySelectorAll("[data-class]")].map(({ dataset }) => [Number(dataset.class), dataset.name]));

const desk = new Desk((desk) => {
  const label = (classId) => () =>
    desk.decide(`/api/v1/images/${desk.item?.film.image_id}/annotations`, { worklist, class_id: classId });
  const classes = [...document.querySelectorAll("[data-class]")].map(({ dataset }) => ({
    group: "Reading",
    name: dataset.name,
    keys: [dataset.key],
    act: label(Number(dataset.class)),
    button: dataset.act,
  }));
  const none = { group: "Reading", name: "Cannot be labelled", keys: ["x"], act: label(null), button: "reject" };
  return [...classes, none];
}, (item) => opinions && showOpinions(opinions, item.opinions, names));

desk.start();
