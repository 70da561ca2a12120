// The report with the words that drove the labeler marked, as text and never as markup.

export function showReport(root, { report, report_class_id: classId }, nameOf) {
  root.querySelector("#report").hidden = report.length === 0;
  root.querySelector("#report-text").replaceChildren(...report.map(element));
  const marked = report.some(({ mark }) => mark);
  const denied = report.some(({ mark }) => mark === "denied");
  root.querySelector("#report-note").textContent = marked
    ? `Marked: what the labeler reads as ${nameOf(classId)}.${denied ? " Dashed: read as denied." : ""}` : "";
}

function element({ text, mark }) {
  if (!mark) return document.createTextNode(text);
  const marked = document.createElement("mark");
  marked.className = mark;
  marked.textContent = text;
  if (mark === "denied") marked.title = "read as denied";
  return marked;
}
