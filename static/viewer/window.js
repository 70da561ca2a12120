// Window and level: DICOM PS3.3 C.11.2.1.3.2, VOI LUT function LINEAR_EXACT. A rendition's window is
// kept in these terms; LINEAR (C.11.2.1.2.1) is the same with c - 0.5 and w - 1.

/** Grey level 0..255 of a stored value, before rounding. */
export function linearExact(value, centre, width) {
  return 255 * Math.min(1, Math.max(0, (value - centre) / width + 0.5));
}

/** Opaque canvas pixels for every value a sample can have. */
export function lookupTable(size, centre, width, inverted) {
  const table = new Uint32Array(size);
  for (let value = 0; value < table.length; value++) {
    const grey = Math.round(linearExact(value, centre, width));
    const shown = inverted ? 255 - grey : grey;
    table[value] = 0xff000000 | (shown << 16) | (shown << 8) | shown;
  }
  return table;
}

/** The window the file came with: its own VOI. */
export function ownWindow({ window_centre: centre, window_width: width }) {
  return { centre, width };
}

/** The same window in terms of a preview, whose greys 0..255 are the film seen through its own window. */
export function throughPreview({ centre, width, inverted }, film) {
  const step = film.window_width / 255;
  const black = film.window_centre - film.window_width / 2;
  return { centre: (centre - black) / step, width: width / step, inverted };
}

/**
 * Windows a reader reaches for, each from the film and its smallest level. Films differ too much for
 * fixed numbers, so all but the range are stated in parts of the file's own window.
 */
export const PRESETS = [
  { id: "presetOwn", name: "As the file says", of: (film) => ownWindow(film) },
  { id: "presetBone", name: "Bone", of: (film) => shifted(film, 0.2, 0.6) },
  { id: "presetSoft", name: "Soft tissue", of: (film) => shifted(film, -0.25, 0.5) },
  { id: "presetWide", name: "Low contrast", of: (film) => shifted(film, 0, 1.6) },
  { id: "presetFilm", name: "Fitted to this film", of: (film, level) => fittedWindow(film, level) },
  { id: "presetAll", name: "Every grey of the file", of: ({ bits }) => ({ centre: (2 ** bits - 1) / 2, width: 2 ** bits - 1 }) },
];

function shifted({ window_centre: centre, window_width: width }, by, times) {
  return { centre: centre + by * width, width: Math.max(1, times * width) };
}

/** From the 1st to the 99th percentile of what is in sight of the whole film. */
function fittedWindow(film, { samples }) {
  const sorted = samples.slice().sort();
  const [dark, bright] = [0.01, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  return bright > dark ? { centre: (dark + bright) / 2, width: bright - dark } : ownWindow(film);
}
