// How numbers are written, as `app/formats.py` writes them.

/** A whole number with its thousands apart. */
export function count(number) {
  return number.toLocaleString("en");
}

/** A number with so many decimals. */
export function decimal(number, digits) {
  return number.toFixed(digits);
}
