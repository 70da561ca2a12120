// What was drawn on a film, in words. Film pixels are square, so an angle needs no spacing.

import { decimal } from "../formats.js";
import { _ } from "../texts.js";

/** Length in words: millimetres and where they are measured, else film pixels. */
export function lengthInWords([first, second], { spacing_mm: spacing, spacing_plane: plane }) {
  const pixels = Math.hypot(second.x - first.x, second.y - first.y);
  if (!spacing) return `${Math.round(pixels)} px`;
  return measured(`${decimal(pixels * spacing, 1)} mm`, plane);
}

/** The angle at the second of three points, from 0 to 180 degrees, in words. */
export function angleInWords([first, corner, last]) {
  const [a, b] = [first, last].map(({ x, y }) => Math.atan2(y - corner.y, x - corner.x));
  const turn = Math.abs(a - b) % (2 * Math.PI);
  return `${decimal((Math.min(turn, 2 * Math.PI - turn) * 180) / Math.PI, 1)}°`;
}

/** Width and height of the box between two corners, as the film is shown upright, in words. */
export function boxInWords([one, other], { spacing_mm: spacing, spacing_plane: plane }) {
  const sides = [Math.abs(other.x - one.x), Math.abs(other.y - one.y)];
  if (!spacing) return `${sides.map(Math.round).join(" × ")} px`;
  return measured(`${sides.map((side) => decimal(side * spacing, 1)).join(" × ")} mm`, plane);
}

/** A figure in millimetres with the plane it is true in, where the file says which. */
export function measured(figure, plane) {
  if (plane === "detector") return _("{figure} at the detector", { figure });
  if (plane === "patient") return _("{figure} in the patient", { figure });
  if (plane === "estimated") return _("{figure} in the patient, estimated", { figure });
  return figure;
}
