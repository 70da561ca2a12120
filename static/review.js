// The page on which pseudo-labels are reviewed: approve, correct or reject. Where review is blind
// first, the same keys say what the reader sees before the pseudo-label is shown.

import { Desk } from "./desk/desk.js";
import { Attention } from "./review/attention.js";
import { showReport } from "./review/report.js";
import { _ } from "./texts.js";

const root = document.querySelector("#desk");
const buttons = [...root.querySelectorAll("[data-class]")];
const nameOf = (classId) =>
  buttons.find(({ dataset }) => Number(dataset.class) === classId)?.dataset.name ?? _("cannot be labelled");
let attention = null;

const desk = new Desk((desk) => {
  const post = (what, body) => desk.decide(`/api/v1/pseudo-labels/${desk.item?.suggestion.id}/${what}`, body);
  const blind = () => desk.item?.suggestion.blind;
  const decide = (decision, classId = null) => post("decision", { decision, class_id: classId });
  const say = (classId) => {
    if (blind()) return post("blind-read", { class_id: classId });
    if (classId === null) return decide("reject");
    return decide("correct", classId);
  };
  const approve = () => blind() || decide("approve");
  const keep = () => desk.item?.suggestion.own && say(desk.item.suggestion.own.class_id);
  const command = (name, keys, act, button) => ({ group: _("Review"), name, keys, act, button, decides: true });
  return [
    command(_("Approve the labeler's class"), ["a"], approve, "approve"),
    ...buttons.map(({ dataset }) =>
      command(_("Correct to {name}", { name: dataset.name }), [dataset.key], () => say(Number(dataset.class)), dataset.act)),
    command(_("Reject: cannot be labelled"), ["x"], () => say(null), "reject"),
    command(_("Keep what you said blind"), ["k"], keep, "keep"),
    { ...command(_("Where the labeler looked, on or off"), ["h"], () => attention?.toggle(), "attention"), decides: false },
  ];
}, ({ film, suggestion }) => {
  root.classList.toggle("blind", suggestion.blind);
  root.querySelector("#keep").hidden = !suggestion.own;
  root.querySelector("#own").textContent = suggestion.own ? nameOf(suggestion.own.class_id) : "";
  root.querySelector("#correct-to").textContent = suggestion.blind
    ? _("blind first: what do you see?") : _("or correct it to");
  for (const button of buttons) showShare(button, suggestion);
  root.querySelector("#suggested").textContent = suggestion.blind ? "" : nameOf(suggestion.class_id);
  root.querySelector("#reasons").textContent = suggestion.reasons.join(" ");
  showReport(root, suggestion, nameOf);
  attention ??= new Attention(desk.viewer, root.querySelector("[data-act=attention]"));
  attention.show(film, suggestion.attention);
});

function showShare(button, { blind, class_id: suggested, probabilities }) {
  const percent = blind ? 0 : Math.round(100 * probabilities[button.dataset.class]);
  button.classList.toggle("suggested", Number(button.dataset.class) === suggested);
  button.querySelector(".share").textContent = blind ? "" : `${percent} %`;
  button.querySelector(".level").style.width = `${percent}%`;
}

desk.start();
