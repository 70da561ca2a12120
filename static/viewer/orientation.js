// A film turned by quarters and mirrored, as the reader sees it on the screen.

import { _ } from "../texts.js";

export const UPRIGHT = { turns: 0, mirrored: false };

/** Width and height the film takes once it is turned. */
export function turnedSize({ width, height }, { turns }) {
  return turns % 2 ? { width: height, height: width } : { width, height };
}

/** A quarter to the right (1) or left (-1) on the screen; behind a mirror the film turns the other way. */
export function turned({ turns, mirrored }, quarter) {
  return { turns: (turns + (mirrored ? -quarter : quarter) + 4) % 4, mirrored };
}

export function mirrored(orientation) {
  return { ...orientation, mirrored: !orientation.mirrored };
}

/** From film pixels to canvas pixels; `place` is where the turned film lies. */
export function transform(film, place, { turns, mirrored }) {
  const { width, height } = turnedSize(film, { turns });
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][turns];
  const flip = mirrored ? -1 : 1;
  return new DOMMatrix()
    .translate(place.x, place.y)
    .scale(place.scale)
    .translate(width / 2, height / 2)
    .multiply(new DOMMatrix([flip * cos, sin, flip * -sin, cos, 0, 0]))
    .translate(-film.width / 2, -film.height / 2);
}

/** What was done to the film, in words; empty where nothing was. */
export function inWords({ turns, mirrored }) {
  // A turn is stated as it was before the mirror, so the order of the words is the order of the acts.
  return mirrored
    ? [
      _("Mirrored"), _("Turned 90° right, then mirrored"), _("Turned 180°, then mirrored"),
      _("Turned 90° left, then mirrored"),
    ][turns]
    : ["", _("Turned 90° right"), _("Turned 180°"), _("Turned 90° left")][turns];
}
