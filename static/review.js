// The page on which pseudo-labels are reviewed: agree, say what it is, or that the film is unusable. To
// the server this is approve, correct or reject. Where review is blind first, the same keys say what
// the reader sees before the pseudo-label is shown.

import { Desk } from "./desk/desk.js";
import { showFormer } from "./desk/former.js";
import { Attention } from "./review/attention.js";
import { showReport } from "./review/report.js";
import { _ } from "./texts.js";

const root = document.querySelector("#desk");
const buttons = [...root.querySelectorAll("[data-class]")];
const nameOf = (classId) =>
  buttons.find(({ dataset }) => Number(dataset.class) === classId)?.dataset.name ?? _("unusable film");
const wordsFor = ({ class_id: classId }) => nameOf(classId);
let attention = null;

const desk = new Desk((desk) => {
  const post = (what, body, answer = "") => desk.decide(`/api/v1/pseudo-labels/${desk.item?.suggestion.id}/${what}`, body, answer);
  const blind = () => desk.item?.suggestion.blind;
  const decide = (decision, classId = null) => {
    const said = decision === "approve" ? desk.item?.suggestion.class_id : classId;
    return post("decision", { decision, class_id: classId, measurements: desk.measurements }, nameOf(said));
  };
  const say = (classId) => {
    if (blind()) return post("blind-read", { class_id: classId });
    if (classId === null) return decide("reject");
    return decide("correct", classId);
  };
  const approve = () => blind() || decide("approve");
  const keep = () => desk.item?.suggestion.own && say(desk.item.suggestion.own.class_id);
  const command = (name, keys, act, button) => ({ group: _("Review"), name, keys, act, button, decides: true });
  return [
    command(_("Agree with the labeler"), ["a"], approve, "approve"),
    ...buttons.map(({ dataset }) =>
      command(_("It is {name}", { name: dataset.name }), dataset.key ? [dataset.key] : [], () => say(Number(dataset.class)), dataset.act)),
    command(_("Unusable film"), ["x"], () => say(null), "reject"),
    command(_("Keep your blind answer"), ["k"], keep, "keep"),
    { ...command(_("Attention map, on or off"), ["h"], () => attention?.toggle(), "attention"), decides: false },
  ];
}, ({ film, suggestion, former }) => {
  showFormer(root, former, wordsFor);
  root.classList.toggle("blind", suggestion.blind);
  root.querySelector("#keep").hidden = !suggestion.own;
  root.querySelector("#own").textContent = suggestion.own ? nameOf(suggestion.own.class_id) : "";
  root.querySelector("#blind-first").hidden = !suggestion.blind;
  for (const button of buttons) showShare(button, suggestion);
  root.querySelector("#suggested").textContent = suggestion.blind ? "" : nameOf(suggestion.class_id);
  root.querySelector("#reasons").textContent = suggestion.reasons.join(" ");
  showReport(root, suggestion, nameOf);
  attention ??= new Attention(desk.viewer, root.querySelector("[data-act=attention]"));
  attention.show(film, suggestion.attention);
}, wordsFor);

function showShare(button, { blind, class_id: suggested, probabilities }) {
  const percent = blind ? 0 : Math.round(100 * probabilities[button.dataset.class]);
  button.classList.toggle("suggested", Number(button.dataset.class) === suggested);
  button.querySelector(".share").textContent = blind ? "" : `${percent} %`;
  button.querySelector(".level").style.width = `${percent}%`;
}

desk.start();
