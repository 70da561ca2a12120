// Keys, the buttons that do the same, and the page of help that lists them.

/**
 * @param {Array<{group: string, name: string, keys: string[], act: () => void, repeats?: boolean}>} commands
 *   `keys` as in KeyboardEvent.key; `repeats` where holding the key should go on.
 */
export function bindKeys(commands) {
  const byKey = new Map(commands.flatMap((command) => command.keys.map((key) => [key.toLowerCase(), command])));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select")) return;
    const command = byKey.get(event.key.toLowerCase());
    if (!command) return;
    event.preventDefault();
    if (!event.repeat || command.repeats) command.act();
  });
}

export function fillHelp(dialog, commands) {
  const list = dialog.querySelector("[data-keys]");
  for (const group of new Set(commands.map((command) => command.group))) {
    const heading = document.createElement("h3");
    heading.textContent = group;
    const table = document.createElement("dl");
    const members = commands.filter((command) => command.group === group);
    for (const name of new Set(members.map((command) => command.name))) {
      const keys = members.filter((command) => command.name === name).flatMap((command) => command.keys);
      table.append(term(keys), definition(name));
    }
    const section = document.createElement("section");
    section.append(heading, table);
    list.append(section);
  }
}

/** A button acts once on a double click, and gives the focus back: Space is for moving the film. */
export function bindButton(button, act, repeats) {
  button.addEventListener("click", (event) => {
    if (event.detail > 1 && !repeats) return;
    if (event.detail === 1) button.blur();
    act();
  });
}

function term(keys) {
  const cell = document.createElement("dt");
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.textContent = CAPS[key] ?? key.toUpperCase();
    cell.append(cap, " ");
  }
  return cell;
}

function definition(name) {
  const cell = document.createElement("dd");
  cell.textContent = name;
  return cell;
}

const CAPS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", "-": "−" };
