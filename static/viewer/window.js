// Window and level: DICOM PS3.3 C.11.2.1.2.1, VOI LUT function LINEAR.

/** Grey level 0..255 of a stored value, before rounding. */
export function linear(value, centre, width) {
  const lower = centre - 0.5 - (width - 1) / 2;
  const upper = centre - 0.5 + (width - 1) / 2;
  if (value <= lower) return 0;
  if (value > upper) return 255;
  return ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255;
}

/** Opaque canvas pixels for every value a sample can have. */
export function lookupTable(size, centre, width, inverted) {
  const table = new Uint32Array(size);
  for (let value = 0; value < table.length; value++) {
    const grey = Math.round(linear(value, centre, width));
    const shown = inverted ? 255 - grey : grey;
    table[value] = 0xff000000 | (shown << 16) | (shown << 8) | shown;
  }
  return table;
}
