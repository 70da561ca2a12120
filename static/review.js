// The page on which pseudo-labels are reviewed: approve, correct or reject.

import { Desk } from "./desk/desk.js";

const root = document.querySelector("#desk");
const buttons = [...root.querySelectorAll("[data-class]")];

const desk = new Desk((desk) => {
  const decide = (decision, classId = null) => () =>
    desk.decide(`/api/v1/pseudo-labels/${desk.item?.suggestion.id}/decision`, { decision, class_id: classId });
  const classes = buttons.map(({ dataset }) => ({
    group: "Review",
    name: `Correct to ${dataset.name}`,
    keys: [dataset.key],
    act: decide("correct", Number(dataset.class)),
    button: dataset.act,
  }));
  return [
    { group: "Review", name: "Approve the labeler's class", keys: ["a"], act: decide("approve"), button: "approve" },
    ...classes,
    { group: "Review", name: "Reject: cannot be labelled", keys: ["x"], act: decide("reject"), button: "reject" },
  ];
}, ({ suggestion }) => {
  for (const button of buttons) showShare(button, suggestion);
  root.querySelector("#reasons").textContent = suggestion.reasons.join(" ");
  root.querySelector("#report").hidden = !suggestion.report;
  root.querySelector("#report-text").textContent = suggestion.report ?? "";
});

function showShare(button, { class_id: suggested, probabilities }) {
  const percent = Math.round(100 * probabilities[button.dataset.class]);
  const own = Number(button.dataset.class) === suggested;
  button.classList.toggle("suggested", own);
  button.querySelector(".share").textContent = `${percent} %`;
  button.querySelector(".level").style.width = `${percent}%`;
  if (own) root.querySelector("#suggested").textContent = button.dataset.name;
}

desk.start();
