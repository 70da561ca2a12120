// One film with its tools and what its caption says.

import { Frame, kneeOf } from "../viewer/frame.js";
import { attachGestures } from "../viewer/gestures.js";
import { measured } from "../viewer/measured.js";
import { Measures } from "../viewer/measures.js";
import { Magnifier } from "../viewer/magnifier.js";
import { inWords } from "../viewer/orientation.js";
import { Viewer } from "../viewer/viewer.js";
import { decimal } from "../formats.js";
import { _ } from "../texts.js";

export class Pane {
  #element;

  /** @param {HTMLElement} element with a canvas and a caption, as the template's macro draws it. */
  constructor(element) {
    const canvas = element.querySelector("canvas");
    this.#element = element;
    this.viewer = new Viewer(canvas);
    this.magnifier = new Magnifier(this.viewer);
    this.measures = new Measures(this.viewer);
    this.frame = new Frame(this.viewer);
    attachGestures(canvas, this.viewer, this.measures);
    this.viewer.addEventListener("painted", () => this.#say());
  }

  get element() {
    return this.#element;
  }

  /** In the caption of the film. */
  set name(text) {
    this.#caption("name").textContent = text;
  }

  #say() {
    const { centre, width, inverted, scale, ...orientation } = this.viewer.state;
    const { laterality, region, spacing_mm: spacing, spacing_plane: plane } = this.viewer.film;
    this.#caption("level").textContent = `L ${Math.round(centre)}  W ${Math.round(width)}${inverted ? `  ${_("inverted")}` : ""}`;
    this.#caption("scale").textContent = `${Math.round(100 * scale)} %`;
    this.#caption("spacing").textContent = spacing
      ? measured(`${Number(decimal(spacing, 3))} mm/px`, plane)
      : _("no mm in the file");
    // Beside the other knee, the letter would be taken for that one's.
    this.#caption("side").textContent = region ? "" : laterality;
    this.#announce(region ? _("{knee}: the label is for the knee in the frame", { knee: kneeOf(this.viewer.film) }) : "");
    this.#caption("turned").textContent = inWords(orientation);
  }

  /** Said again only where it is another: every paint comes by here. */
  #announce(text) {
    const said = this.#caption("knee");
    if (said.textContent !== text) said.textContent = text;
  }

  #caption(name) {
    return this.#element.querySelector(`[data-caption=${name}]`);
  }
}
