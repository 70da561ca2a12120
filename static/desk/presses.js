// What a key press is called. Keyboards differ, so no name may hang on one layout:
//
// - digits by where they lie: French keyboards type `&` where others type `1`, and digits with Shift;
// - letters by what is printed on them, and only without Shift; where a layout prints no Latin letter
//   (Cyrillic, Greek), by where that letter lies on a US keyboard;
// - other signs by what they type, with Shift or without: `?` needs Shift on some keyboards only;
// - keys with a name (arrows, Enter, ...) by that name, and with Shift by another.

const MODIFIERS = ["Control", "Alt", "Meta", "AltGraph"];

/**
 * The names of a press, in lower case, the surest first; none where it is no press of a single key:
 * with Ctrl, Alt, Command or AltGr, while an accent or a word is being put together.
 *
 * @param {KeyboardEvent} event
 * @returns {string[]}
 */
export function namesOf(event) {
  const { key, code, shiftKey } = event;
  if (event.isComposing || MODIFIERS.some((modifier) => event.getModifierState(modifier))) return [];
  if (["Dead", "Process", "Unidentified"].includes(key)) return [];
  if (key.length > 1) return [withShift(shiftKey, key.toLowerCase())];
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit) return [withShift(shiftKey, digit), ...(isDigit(key) ? [] : [key.toLowerCase()])];
  const letter = latinLetter(key, code);
  return letter ? [withShift(shiftKey, letter)] : [key];
}

/** As a key is kept: the first name of its press, written as help shows it. */
export function keyOf(event) {
  const [name] = namesOf(event);
  return name?.replace(/^shift\+/, "Shift+").replace(/[a-z]\w+$/, event.key);
}

function withShift(shiftKey, name) {
  return shiftKey ? `shift+${name}` : name;
}

function isDigit(key) {
  return /^\p{Nd}$/u.test(key);
}

/** The lower-case Latin letter of a key, or undefined where it is none: `.` stays `.` on every keyboard. */
function latinLetter(key, code) {
  const typed = key.toLowerCase();
  if (/^[a-z]$/.test(typed)) return typed;
  const isOtherScript = /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key);
  return isOtherScript ? /^Key([A-Z])$/.exec(code)?.[1].toLowerCase() : undefined;
}
