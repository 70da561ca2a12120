// The film to decide on and, when the reader asks, other films of the same patient beside it.

import { capOf } from "./keymap.js";
import { Pane } from "./pane.js";
import { relationOf } from "./views.js";
import { _ } from "../texts.js";

/** Films beside the one to decide on, at once; more are turned through. */
const BESIDE = 5;
/** Films hang as the patient faces the reader: the right knee on the left. */
const PLACES = { R: 0, L: 2 };
const BETWEEN = 1;
/** What the buttons draw. */
const KINDS = { measure: "length", measureAngle: "angle", measureArrow: "arrow", measureBox: "box" };

export class Stage {
  #root;
  #films;
  #turning;
  #main;
  #active;
  #beside = [];
  #others = [];
  #first = 0;
  #item = null;
  #comparing = false;
  #together = false;

  /**
   * @param {HTMLElement} root the section with the film.
   * @param {Films} films where pixels come from.
   * @param {{keys: string[]}} turning the command that shows the next films beside, see `bindKeys`.
   */
  constructor(root, films, turning) {
    [this.#root, this.#films, this.#turning] = [root, films, turning];
    this.#main = this.#take(root.querySelector(".pane"));
    this.#active = this.#main;
    new ResizeObserver(() => this.#arrange()).observe(this.#room);
  }

  /** The viewer of the film to decide on. */
  get viewer() {
    return this.#main.viewer;
  }

  /** What the reader draws on it. */
  get measures() {
    return this.#main.measures;
  }

  /** What frames the knee to decide on, where its film shows both. */
  get frame() {
    return this.#main.frame;
  }

  /** The pane the reader touched last: keys act there. */
  get active() {
    return this.#active;
  }

  get comparing() {
    return this.#comparing;
  }

  get #panes() {
    return [this.#main, ...this.#beside];
  }

  get #room() {
    return this.#root.querySelector(".panes");
  }

  /** A new film to decide on lies on the desk. */
  async turnTo(item) {
    this.#item = item;
    this.#others = [];
    this.#lay([]);
    this.#say("");
    if (this.#comparing && item) await this.#fetchOthers();
  }

  /** Other films of the patient beside this one, or this one alone. */
  async toggleComparison() {
    this.#comparing = !this.#comparing;
    this.#press("compare", this.#comparing);
    if (this.#comparing && this.#item) return this.#fetchOthers();
    this.#lay([]);
    this.#say("");
  }

  /** The next films beside, where there are more than fit. */
  turn() {
    if (this.#others.length <= BESIDE) return;
    this.#first = (this.#first + BESIDE) % this.#others.length;
    this.#layOthers();
  }

  toggleSynchronised() {
    this.#together = !this.#together;
    this.#press("synchronise", this.#together);
    this.#root.classList.toggle("together", this.#together);
    this.#lead(this.#active);
  }

  /** The next films to decide on begin in the window of this one. */
  toggleKeepWindow() {
    this.viewer.keepsWindow = !this.viewer.keepsWindow;
    this.#press("keepWindow", this.viewer.keepsWindow);
  }

  async #fetchOthers() {
    const item = this.#item;
    const response = await fetch(`/api/v1/images/${item.film.image_id}/comparison`).catch(() => null);
    if (item !== this.#item || !this.#comparing) return;
    if (!response?.ok) return this.#say(_("The other films could not be loaded. Press the key again to retry."));
    this.#others = await response.json();
    if (item !== this.#item || !this.#comparing) return;
    this.#first = 0;
    this.#layOthers();
  }

  #layOthers() {
    const all = this.#others;
    const shown = all.length <= BESIDE ? all : [...all, ...all].slice(this.#first, this.#first + BESIDE);
    this.#lay(shown);
    if (!all.length) this.#say(_("There is no other film of this patient."));
    else this.#say(all.length > BESIDE ? this.#fewerThanAll() : "");
  }

  #fewerThanAll() {
    const [key] = this.#turning.keys;
    const values = { number: BESIDE, all: this.#others.length, key: key && capOf(key) };
    return key ? _("{number} of {all} other films; {key} shows the next", values) : _("{number} of {all} other films", values);
  }

  /** Put panes for these films beside the main one. */
  #lay(others) {
    for (const { element } of this.#beside) element.remove();
    this.#activate(this.#main);
    this.#beside = others.map((other) => this.#paneFor(other));
    if (this.#item) hang(this.#main, this.#item.film);
    this.#root.classList.toggle("comparing", others.length > 0);
    this.#arrange();
  }

  #paneFor({ film, relation }) {
    const drawn = this.#root.querySelector("template").content.cloneNode(true).firstElementChild;
    this.#room.append(drawn);
    const pane = this.#take(drawn);
    pane.name = relationOf(film, relation);
    hang(pane, film);
    this.#films.get(film.pixels).then((levels) => {
      if (!drawn.isConnected) return;
      pane.viewer.show(film, levels);
      if (this.#together) this.#lead(this.#active);
    }, () => (pane.name = `${relationOf(film, relation)} · ${_("This film cannot be shown.")}`));
    return pane;
  }

  #take(element) {
    const pane = new Pane(element);
    const touched = () => this.#activate(pane);
    pane.measures.addEventListener("switched", () => this.#pressKinds(pane.measures.kind));
    for (const touch of ["pointerdown", "wheel", "focusin"]) element.addEventListener(touch, touched, { capture: true });
    pane.viewer.addEventListener("painted", () => pane === this.#active && this.#lead(pane));
    return pane;
  }

  #activate(pane) {
    this.#active = pane;
    for (const { element } of this.#panes) element.classList.toggle("active", element === pane.element);
  }

  /** The other panes show their films in the manner of this one. */
  #lead(leader) {
    if (!this.#together || !leader.viewer.film) return;
    const { manner } = leader.viewer;
    for (const pane of this.#panes) if (pane !== leader) pane.viewer.follow(manner);
  }

  /** As many columns as make the films largest; knees are taller than wide. */
  #arrange() {
    const { clientWidth, clientHeight } = this.#room;
    const count = this.#panes.length;
    const size = (columns) => Math.min(clientWidth / columns / 4, clientHeight / Math.ceil(count / columns) / 5);
    const columns = this.#panes.map((_, n) => n + 1).reduce((best, next) => (size(next) > size(best) ? next : best));
    const equal = (number) => `repeat(${number}, minmax(0, 1fr))`;
    this.#room.style.gridTemplate = `${equal(Math.ceil(count / columns))} / ${equal(columns)}`;
  }

  #press(act, pressed) {
    document.querySelector(`[data-act=${act}]`)?.setAttribute("aria-pressed", pressed);
  }

  #pressKinds(kind) {
    for (const [act, each] of Object.entries(KINDS)) this.#press(act, each === kind);
  }

  #say(text) {
    this.#root.querySelector("#stage-note").textContent = text;
  }
}

/** Panes fill the room column by column, so no left knee comes to hang left of a right one. */
function hang(pane, { laterality }) {
  pane.element.style.order = PLACES[laterality] ?? BETWEEN;
}
