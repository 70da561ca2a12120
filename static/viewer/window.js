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
