// One film with its tools and what its corners say.

import { Frame, kneeOf } from "../viewer/frame.js";
import { attachGestures } from "../viewer/gestures.js";
import { Lengths, measured } from "../viewer/lengths.js";
import { Magnifier } from "../viewer/magnifier.js";
import { inWords } from "../viewer/orientation.js";
import { Viewer } from "../viewer/viewer.js";
import { decimal } from "../formats.js";
import { _ } from "../texts.js";

export class Pane {
  #element;

  /** @param {HTMLElement} element with a canvas and corners, as the template's macro draws it. */
  constructor(element) {
    const canvas = element.querySelector("canvas");
    this.#element = element;
    this.viewer = new Viewer(canvas);
    this.magnifier = new Magnifier(this.viewer);
    this.lengths = new Lengths(this.viewer);
    this.frame = new Frame(this.viewer);
    attachGestures(canvas, this.viewer, this.lengths);
    this.viewer.addEventListener("painted", () => this.#say());
  }

  get element() {
    return this.#element;
  }

  /** In front of the film's own corners. */
  set name(text) {
    this.#corner("name").textContent = text;
  }

  #say() {
    const { centre, width, inverted, scale, ...orientation } = this.viewer.state;
    const { laterality, region, spacing_mm: spacing, spacing_plane: plane } = this.viewer.film;
    this.#corner("level").textContent = `L ${Math.round(centre)}  W ${Math.round(width)}${inverted ? `  ${_("inverted")}` : ""}`;
    this.#corner("scale").textContent = `${Math.round(100 * scale)} %`;
    this.#corner("spacing").textContent = spacing
      ? measured(`${Number(decimal(spacing, 3))} mm/px`, plane)
      : _("no mm in the file");
    // Beside the other knee, the letter would be taken for that one's.
    this.#corner("side").textContent = region ? "" : laterality;
    this.#announce(region ? _("{knee}: the label is for the knee in the frame", { knee: kneeOf(this.viewer.film) }) : "");
    this.#corner("turned").textContent = inWords(orientation);
  }

  /** Said again only where it is another: every paint comes by here. */
  #announce(text) {
    const said = this.#corner("knee");
    if (said.textContent !== text) said.textContent = text;
  }

  #corner(name) {
    return this.#element.querySelector(`[data-corner=${name}]`);
  }
}
