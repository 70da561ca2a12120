// The report with the words that drove the labeler marked, as text and never as markup.

import { _ } from "../texts.js";

export function showReport(root, { report, report_class_id: classId }, nameOf) {
  root.querySelector("#report").hidden = report.length === 0;
  root.querySelector("#report-text").replaceChildren(...report.map(element));
  const marked = report.some(({ mark }) => mark);
  const denied = report.some(({ mark }) => mark === "denied");
  const notes = [
    marked && _("Marked: what the labeler reads as {name}.", { name: nameOf(classId) }),
    denied && _("Dashed: read as denied."),
  ];
  root.querySelector("#report-note").textContent = notes.filter(Boolean).join(" ");
}

function element({ text, mark }) {
  if (!mark) return document.createTextNode(text);
  const marked = document.createElement("mark");
  marked.className = mark;
  marked.textContent = text;
  if (mark === "denied") marked.title = _("read as denied");
  return marked;
}
