// Windows a reader reaches for, each from the film and its smallest level. Films differ too much for
// fixed numbers, so all but the range are stated in parts of the file's own window.

import { _ } from "../texts.js";
import { ownWindow } from "./window.js";

export const PRESETS = [
  { id: "presetOwn", name: _("As stored in the file"), of: (film) => ownWindow(film) },
  { id: "presetBone", name: _("Bone"), of: (film) => shifted(film, 0.2, 0.6) },
  { id: "presetSoft", name: _("Soft tissue"), of: (film) => shifted(film, -0.25, 0.5) },
  { id: "presetWide", name: _("Low contrast"), of: (film) => shifted(film, 0, 1.6) },
  { id: "presetFilm", name: _("Fit to this film"), of: (film, level) => fittedWindow(film, level) },
  { id: "presetAll", name: _("Every grey of the file"), of: ({ bits }) => ({ centre: (2 ** bits - 1) / 2, width: 2 ** bits - 1 }) },
];

function shifted({ window_centre: centre, window_width: width }, by, times) {
  return { centre: centre + by * width, width: Math.max(1, times * width) };
}

/** From the 1st to the 99th percentile of the picture: 0 is padding and what is behind a shutter. */
function fittedWindow(film, { samples }) {
  const sorted = samples.filter((value) => value > 0).sort();
  const [dark, bright] = [0.01, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  return bright > dark ? { centre: (dark + bright) / 2, width: bright - dark } : ownWindow(film);
}
