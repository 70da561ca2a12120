// Keys, and the buttons that do the same.

import { capOf, KeyMap } from "./keymap.js";
import { fillHelpFrom } from "./help.js";

const map = new KeyMap();
let loaded = null;
let held = null;

/**
 * @param {Array<{group: string, name: string, keys: string[], act: (event?: KeyboardEvent) => void,
 *   repeats?: boolean, release?: () => void, button: string}>} commands
 *   `keys` as in KeyboardEvent.key, or `Shift+1`; `repeats` where holding the key should go on;
 *   `release` when it is let go; `button` is what the command is known by: the `data-act` of the button
 *   that does the same, where there is one.
 */
export function bindKeys(commands) {
  map.add(commands);
  map.addEventListener("changed", () => commands.forEach(labelButton));
  commands.forEach(labelButton);
  keysLoaded();
}

/** Settled once the reader's own keys work. */
export function keysLoaded() {
  loaded ??= map.load();
  return loaded;
}

export function fillHelp(dialog, commands) {
  fillHelpFrom(map, dialog, commands);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) return;
  const command = map.commandOf(event);
  if (!command) return;
  event.preventDefault();
  if (event.repeat && !command.repeats) return;
  held = command;
  command.act(event);
});

for (const end of ["keyup", "blur"]) {
  addEventListener(end, () => {
    held?.release?.();
    held = null;
  });
}

/** A button acts once on a double click, and gives the focus back: Space is for moving the film. */
export function bindButton(button, act, repeats) {
  button.addEventListener("click", (event) => {
    if (event.detail > 1 && !repeats) return;
    if (event.detail === 1) button.blur();
    act();
  });
}

/** What a button says of its key. */
function labelButton({ button, keys }) {
  const element = button && document.querySelector(`[data-act="${button}"]`);
  if (!element) return;
  const cap = element.querySelector("kbd");
  if (cap) {
    cap.textContent = keys.length ? capOf(keys[0]) : "";
    cap.hidden = !keys.length;
  }
  const { title } = element.dataset;
  if (title) {
    const words = keys.length ? `${title} (${capOf(keys[0])})` : title;
    element.title = words;
    // The name a voice says must hold the words on the button.
    element.setAttribute("aria-label", `${element.textContent.trim()}: ${words}`);
  }
}
