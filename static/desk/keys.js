// Keys, and the buttons that do the same.

import { capOf, KeyMap } from "./keymap.js";
import { fillHelpFrom } from "./help.js";

const map = new KeyMap();
/** What moves a text that scrolls, while it has the focus. */
const SCROLLS = /^(Arrow|Page)/;
let loaded = null;
let held = null;

/**
 * @param {Array<{group: string, name: string, keys: string[], act: (event?: KeyboardEvent) => void,
 *   repeats?: boolean, decides?: boolean, release?: () => void, button: string}>} commands
 *   `keys` as presses.js names them; `repeats` where holding the key should go on; `decides` where it says
 *   something of a film for good; `release` when it is let go; `button` is what the command is known by:
 *   the `data-act` of the button that does the same, where there is one.
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
  if (document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) return;
  if (SCROLLS.test(event.key) && event.target.closest("[data-scrolls]")) return;
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

/**
 * A button acts once on a double click. The mouse leaves no focus on it, and nothing does on a button that
 * decides: the next Space or Enter would decide on the next film.
 */
export function bindButton(button, { act, repeats, decides }) {
  // A press that is not let go on the button gives the focus too, without a click.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", (event) => {
    if (decides || event.detail) document.activeElement?.blur();
    if (event.detail > 1 && !repeats) return;
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
    if ("tip" in element.dataset) element.dataset.tip = words;
    else element.title = words;
    // The name a voice says must hold the words on the button.
    element.setAttribute("aria-label", [element.textContent.trim(), words].filter(Boolean).join(": "));
  }
}
