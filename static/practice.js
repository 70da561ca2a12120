// The desk on which films with known answers are practised on: the same keys, and after each answer what
// is known of the film, with the guideline's rule, until the reader goes on.

import { Desk } from "./desk/desk.js";
import { section } from "./desk/guideline.js";
import { Labels } from "./desk/labels.js";
import { Outbox } from "./desk/outbox.js";
import { _, ngettext } from "./texts.js";

const root = document.querySelector("#desk");
const verdict = root.querySelector("#verdict");
const outbox = new Outbox(root.dataset.reader);
const labels = new Labels(root);
let goOn = () => {};

/** The next film as the desk takes it; once there is none, the score. */
async function first() {
  const { item, upcoming } = await outbox.ask("/api/v1/practice/next");
  if (!item) {
    location.assign("/practice");
    return new Promise(() => {});
  }
  return { item: { ...item, others: [], opinions: [], suggestion: null, former: null }, upcoming };
}

/** Say what is known of the film, and wait until the reader goes on. */
async function then(answer) {
  if (!root.querySelector("#film-name").textContent) return first();
  const said = labels.wordsFor(answer);
  text("verdict-said", answer.right ? _("Right: {answer}", { answer: said }) : _("The known label is {name}", { name: words(answer.known) }));
  text("verdict-known", answer.right ? "" : _("You said: {answer}", { answer: said }));
  const rule = answer.rule && section({ ...answer.rule, name: _("What the guideline says") });
  root.querySelector("#verdict-rule").replaceChildren(...(rule ? [rule] : []));
  for (const button of root.querySelectorAll("[data-class]")) {
    button.classList.toggle("known", Number(button.dataset.class) === answer.known_class_id);
  }
  verdict.hidden = false;
  verdict.scrollIntoView({ block: "nearest" });
  await new Promise((resolve) => (goOn = resolve));
  return first();
}

function shown(item) {
  verdict.hidden = true;
  goOn = () => {};
  for (const button of root.querySelectorAll(".known")) button.classList.remove("known");
  labels.begin(item);
  const left = item.of - item.position;
  text("left", left ? ngettext("{number} more film after this one", "{number} more films after this one", left, { number: left }) : _("The last film"));
}

function text(id, said) {
  root.querySelector(`#${id}`).textContent = said;
}

function words(name) {
  return name.replaceAll("_", " ");
}

function decisions(desk) {
  const next = { group: _("Reading"), name: _("Next film"), keys: ["Enter"], act: () => goOn(), button: "next-film" };
  const said = () => ({ image_id: desk.item?.film.image_id });
  return [...labels.commands(desk, () => "/api/v1/practice/answers", said), next];
}

new Desk(decisions, shown, labels.wordsFor, { first, then }).start();
