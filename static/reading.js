// The page on which a worklist is read: a digit labels the film, with what was tagged and noted.

import { Desk } from "./desk/desk.js";
import { Labels } from "./desk/labels.js";
import { showOpinions } from "./desk/opinions.js";

const root = document.querySelector("#desk");
const { worklist } = root.dataset;
const opinions = root.querySelector("#opinions");
const labels = new Labels(root);

function decisions(desk) {
  return labels.commands(desk, () => `/api/v1/images/${desk.item?.film.image_id}/annotations`, { worklist });
}

function shown(item) {
  labels.begin(item);
  root.querySelector("#history").href = `/images/${item.film.image_id}/history`;
  if (opinions) showOpinions(opinions, item.opinions, labels.names);
}

new Desk(decisions, shown, labels.wordsFor).start();
