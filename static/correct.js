// The page on which a reader corrects a read of their own: its film, what was said, and the same keys.

import { Desk } from "./desk/desk.js";
import { Labels } from "./desk/labels.js";
import { Refusal } from "./desk/outbox.js";

const root = document.querySelector("#desk");
const { worklist, image } = root.dataset;
const address = `/api/v1/reads/${worklist}/${image}`;
const labels = new Labels(root);

/** The read as the desk takes it: one film and nothing after it. */
async function first() {
  const response = await fetch(address);
  const answer = await response.json();
  if (!response.ok) throw new Refusal(response.status, answer);
  return { item: { ...answer, position: 0, others: [], opinions: [], suggestion: null }, upcoming: [], leased_until: null };
}

/** Nothing follows: the page is left. */
const then = () => {
  location.assign("/reads");
  return new Promise(() => {});
};
const source = { first, then };
new Desk((desk) => labels.commands(desk, () => `${address}/correction`), (item) => labels.begin(item), labels.wordsFor, source).start();
