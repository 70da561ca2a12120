// The page of help: every key that works now, and a way to change each.

import { capOf } from "./keymap.js";
import { keyOf } from "./presses.js";
import { _ } from "../texts.js";

/** Keys the browser or the page itself needs. */
const REFUSED = {
  Tab: _("Tab moves between the controls and cannot be changed. Choose another."),
  Enter: _("Enter presses the selected button and cannot be reassigned. Choose another key."),
  " ": _("Space moves the film and cannot be changed. Choose another."),
};
const SILENT = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified"]);

export function fillHelpFrom(map, dialog, commands) {
  const note = dialog.querySelector("[data-key-note]");
  const defaults = dialog.querySelector("[data-default-keys]");
  let asked = null;

  const draw = () => {
    dialog.querySelector("[data-keys]").replaceChildren(...sections(map, commands, ask));
    if (defaults) defaults.hidden = !map.changed;
  };
  const say = (text) => {
    if (note) note.textContent = text;
  };

  function ask(command) {
    asked = command;
    say(_("Press the new key for “{name}”. Esc keeps the old one.", { name: command.name }));
  }

  async function choose(event) {
    if (!asked || SILENT.has(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const command = asked;
    if (event.key === "Escape") {
      asked = null;
      return say(_("The key stays as it was."));
    }
    const refusal = refused(event);
    if (refusal) return say(refusal);
    asked = null;
    try {
      const key = keyOf(event);
      await map.change(command, key);
      say(_("{key} is now “{name}”.", { key: capOf(key), name: command.name }));
      dialog.querySelector(`[data-change="${CSS.escape(command.name)}"]`)?.focus();
    } catch (problem) {
      if (dialog.open) asked = command;
      say(problem.message);
    }
  }

  async function reset() {
    try {
      await map.reset();
      say(_("All keys are reset."));
    } catch (problem) {
      say(problem.message);
    }
  }

  // Before the dialog's own Escape.
  dialog.addEventListener("keydown", choose, { capture: true });
  dialog.addEventListener("cancel", (event) => asked && event.preventDefault());
  dialog.addEventListener("close", () => {
    asked = null;
    say("");
  });
  defaults?.addEventListener("click", reset);
  map.addEventListener("changed", draw);
  draw();
}

function refused(event) {
  if (!keyOf(event)) return _("Keys with Ctrl, Alt, AltGr or Command belong to the browser. Choose one without.");
  return REFUSED[event.key] ?? "";
}

function sections(map, commands, ask) {
  return [...new Set(commands.map(({ group }) => group))].map((group) => {
    const section = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = group;
    const table = document.createElement("dl");
    for (const command of commands) {
      if (command.group === group) table.append(term(command), definition(map, command, ask));
    }
    section.append(heading, table);
    return section;
  });
}

function term({ keys, lost }) {
  const cell = document.createElement("dt");
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.textContent = capOf(key);
    cell.append(cap, " ");
  }
  if (!keys.length) cell.textContent = lost ? _("none") : "–";
  return cell;
}

function definition(map, command, ask) {
  const cell = document.createElement("dd");
  const name = document.createElement("span");
  name.textContent = command.name;
  cell.append(name);
  if (command.lost) cell.append(` (${command.lost})`);
  if (!map.has(command)) return cell;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "change";
  button.dataset.change = command.name;
  button.textContent = _("Change");
  button.setAttribute("aria-label", _("Change the key of {name}", { name: command.name }));
  button.addEventListener("click", () => ask(command));
  cell.append(" ", button);
  return cell;
}
