// What the reader had said of a film that is open again: in words, and its button outlined.

import { _ } from "../texts.js";

/**
 * @param {?{class_id: ?number, reason: ?string}} former as the server sends it.
 * @param {(read: object) => string} wordsFor what a read says.
 */
export function showFormer(root, former, wordsFor) {
  const line = root.querySelector("#former");
  line.hidden = !former;
  line.textContent = former ? _("Your former answer: {answer}", { answer: wordsFor(former) }) : "";
  for (const button of root.querySelectorAll(".choice.former")) button.classList.remove("former");
  if (!former) return;
  const act = former.class_id === null ? former.reason ?? "reject" : `class-${former.class_id}`;
  root.querySelector(`[data-act="${act}"]`)?.classList.add("former");
}
