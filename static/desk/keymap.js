// Which key does what: as we chose it, or as the reader has changed it. Changes are kept on the server,
// so that they follow the reader to another machine.

import { sendJson } from "../api.js";
import { _ } from "../texts.js";
import { namesOf } from "./presses.js";

const ADDRESS = "/api/v1/keys";
const CAPS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Backspace: "⌫", "-": "−", Escape: "Esc", " ": "Space", PageUp: "PgUp", PageDown: "PgDn" };

export function capOf(key) {
  const [, shift, name] = /^(Shift\+)?(.+)$/s.exec(key);
  const cap = CAPS[name] ?? (name.length === 1 ? name.toUpperCase() : name);
  return shift ? _("Shift+{key}", { key: cap }) : cap;
}

export class KeyMap extends EventTarget {
  #commands = [];
  #own = {};

  /** Commands of this page; `keys` of each is from now on what works at present. */
  add(commands) {
    for (const command of commands) command.defaults = command.keys;
    this.#commands.push(...commands);
    this.#apply();
  }

  has(command) {
    return this.#commands.includes(command);
  }

  /** The command of a key press, or undefined. What the reader chose goes before what we chose. */
  commandOf(event) {
    const names = namesOf(event);
    const chosen = this.#commands.filter((command) => this.#own[idOf(command)]);
    const bound = (commands) => (name) =>
      commands.find(({ keys }) => keys.some((key) => key.toLowerCase() === name));
    return [...names.map(bound(chosen)), ...names.map(bound(this.#commands))].find(Boolean);
  }

  async load() {
    const response = await fetch(ADDRESS).catch(() => null);
    // Without an answer the keys are those everybody has; the help says which work.
    if (response?.ok) this.#own = await response.json();
    this.#apply();
  }

  /**
   * Give a command another key.
   * @throws {Error} in words, where the key does something else here or cannot be used.
   */
  async change(command, key) {
    const other = this.#commands.find((each) =>
      each !== command && each.keys.some((taken) => taken.toLowerCase() === key.toLowerCase()));
    if (other) throw new Error(_(
      "{key} is already “{name}”. Give that another key first, or choose another here.", { key: capOf(key), name: other.name }));
    await this.#save({ ...this.#own, [idOf(command)]: [key] });
  }

  /** Every key of every page as we chose it. */
  reset() {
    return this.#save({});
  }

  get changed() {
    return Object.keys(this.#own).length > 0;
  }

  async #save(own) {
    await sendJson("PUT", ADDRESS, own);
    this.#own = own;
    this.#apply();
  }

  /** On a page the reader had not seen when choosing a key, what that page does with it goes first. */
  #apply() {
    const fixed = new Map(this.#commands.filter((command) => !this.#own[idOf(command)])
      .flatMap((command) => command.defaults.map((key) => [key.toLowerCase(), command.name])));
    for (const command of this.#commands) {
      const wanted = this.#own[idOf(command)] ?? command.defaults;
      const taken = this.#own[idOf(command)] && wanted.find((key) => fixed.has(key.toLowerCase()));
      command.keys = taken ? [] : wanted;
      command.lost = taken ? _(
        "{key} is “{name}” on this page", { key: capOf(taken), name: fixed.get(taken.toLowerCase()) }) : "";
    }
    this.dispatchEvent(new Event("changed"));
  }
}

/** The same in every language, as keys are kept by it. */
function idOf({ button }) {
  return button;
}
