// The report as the labeler read it, as text and never as markup. What the look says is also said
// in words to those who hear the page.

import { _ } from "../texts.js";

export function showReport(root, { report, report_class_id: classId }, nameOf) {
  root.querySelector("#report").hidden = report.length === 0;
  root.querySelector("#report-text").replaceChildren(...report.map(element));
  const legend = root.querySelector("#report-legend");
  legend.replaceChildren(...meanings(report, classId === null ? "" : nameOf(classId)).map(item));
  legend.hidden = !legend.children.length;
}

function meanings(report, name) {
  const some = (reading) => report.some((piece) => piece.reading === reading);
  return [
    report.some(({ strong }) => strong) && { text: _("speaks for {name}", { name }), reading: "", strong: true },
    some("denied") && { text: _("read as denied"), reading: "denied" },
    some("left_open") && { text: _("read as left open"), reading: "left_open" },
    some("left_out") && { text: _("not read"), reading: "left_out" },
  ].filter(Boolean);
}

function item(meaning) {
  const line = document.createElement("li");
  line.append(drawn(meaning));
  return line;
}

function element(piece) {
  const heard = [piece.strong && _("marked"), spoken(piece.reading)].filter(Boolean);
  if (!heard.length) return document.createTextNode(piece.text);
  const shown = drawn(piece);
  shown.dataset.before = `${heard.join(", ")}: `;
  if (piece.reading === "left_out") shown.dataset.after = _("end of the unread part");
  return shown;
}

function spoken(reading) {
  return { denied: _("denied"), left_open: _("left open"), left_out: _("not read") }[reading];
}

function drawn({ text, reading, strong }) {
  const shown = document.createElement(strong ? "mark" : "span");
  if (reading) shown.className = reading;
  shown.textContent = text;
  return shown;
}
