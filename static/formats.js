// How numbers are written, as `app/formats.py` writes them.

import { _ } from "./texts.js";

/** A whole number with its thousands apart. */
export function count(number) {
  return number.toLocaleString("en");
}

/** A number with so many decimals. */
export function decimal(number, digits) {
  return number.toFixed(digits);
}

/** A size as people read it, from bytes. */
export function size(bytes) {
  const units = [_("bytes"), "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit += 1) bytes /= 1024;
  return `${bytes.toLocaleString("en", { maximumFractionDigits: unit && bytes < 100 ? 1 : 0 })} ${units[unit]}`;
}
