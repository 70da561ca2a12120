// What the independent readers said of the film to adjudicate, without who it was.

import { _ } from "../texts.js";

const REASONS = { poor_quality: _("poor quality"), not_a_knee: _("not a knee"), unsure: _("unsure") };

/**
 * @param {HTMLElement} section with a list in it; hidden where there is nothing to adjudicate.
 * @param {Array} opinions as the server sends them.
 * @param {Map<number, string>} classes names by id.
 */
export function showOpinions(section, opinions, classes) {
  section.hidden = !opinions.length;
  section.querySelector("ul").replaceChildren(...opinions.map((opinion) => row(opinion, classes)));
}

/** What a read says, in words. */
export function verdictOf({ class_id: classId, reason }, classes) {
  return classId === null ? REASONS[reason] ?? _("unusable film") : classes.get(classId);
}

function row(opinion, classes) {
  const item = document.createElement("li");
  const verdict = document.createElement("strong");
  verdict.textContent = verdictOf(opinion, classes);
  item.append(verdict);
  for (const text of [opinion.findings.join(", "), opinion.measurements.join(", "), opinion.note]) {
    if (!text) continue;
    const line = document.createElement("span");
    line.textContent = text;
    item.append(line);
  }
  return item;
}
