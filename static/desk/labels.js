// What a reader can say of a film without knowing what anybody thinks of it: a class, or why it can carry
// none; with findings, a note and what was measured.

import { showFormer } from "./former.js";
import { Menu } from "./menu.js";
import { verdictOf } from "./opinions.js";
import { Remarks } from "./remarks.js";
import { _ } from "../texts.js";

const REASONS = [
  ["poor_quality", _("No label: poor quality"), "q"],
  ["not_a_knee", _("No label: not a knee"), "k"],
  ["unsure", _("No label: unsure"), "x"],
];

export class Labels {
  #root;
  #remarks;
  #buttons;
  #names;
  #opened = [];

  constructor(root) {
    this.#root = root;
    this.#remarks = new Remarks(root.querySelector(".remarks"));
    this.#buttons = [...root.querySelectorAll("[data-class]")];
    this.#names = new Map(this.#buttons.map(({ dataset }) => [Number(dataset.class), dataset.name]));
  }

  get names() {
    return this.#names;
  }

  wordsFor = (read) => verdictOf(read, this.#names);

  /**
   * @param {Desk} desk that sends what is said.
   * @param {() => string} path where to.
   * @param {object|(() => object)} more goes along.
   */
  commands(desk, path, more = {}) {
    const say = (said) => () => desk.decide(
      path(), { ...(typeof more === "function" ? more() : more), ...said, ...this.#remarks.said, measurements: desk.measurements }, this.wordsFor(said));
    const decision = (name, key, said, button) =>
      ({ group: _("Reading"), name, keys: key ? [key] : [], act: say(said), button, decides: true });
    return [
      ...this.#buttons.map(({ dataset }) =>
        decision(dataset.name, dataset.key, { class_id: Number(dataset.class) }, dataset.act)),
      ...REASONS.map(([reason, name, key]) => decision(name, key, { class_id: null, reason }, reason)),
      ...this.#remarks.commands,
      ...this.#menus(),
    ];
  }

  /** What has no key of its own is in a menu with one; a click opens that by itself. */
  #menus() {
    const all = [["more-classes", _("More classes"), "Shift+c"], ["more-findings", _("More findings"), "Shift+f"]];
    return all.filter(([act]) => this.#menuOf(act)).map(([button, name, key]) => {
      const menu = new Menu(this.#menuOf(button));
      this.#opened.push(menu);
      return { group: _("Reading"), name, keys: [key], act: (event) => event && menu.open(), button };
    });
  }

  #menuOf(act) {
    return this.#root.querySelector(`[data-act=${act}]`)?.closest("details");
  }

  /** A new film lies on the desk. */
  begin(item) {
    this.#remarks.begin(item);
    for (const menu of this.#opened) menu.close();
    showFormer(this.#root, item.former, this.wordsFor);
  }
}
