// On a film of both knees: which part of it is which knee, put right by the reader. What is saved
// counts for everybody; labels stay with the part of the film they were given on.

import { sendJson } from "../api.js";
import { isVertical, kneeOf, lineOf } from "../viewer/frame.js";
import { _ } from "../texts.js";

/** As the server has it: less than this share of a film is no knee. */
const LEAST_SHARE = 0.1;

export class Knees {
  #room;
  #frame;
  #corrected;
  #film = null;

  /** @param {(film: object) => void} corrected told the film as it is after a correction. */
  constructor(root, frame, corrected) {
    [this.#room, this.#frame, this.#corrected] = [root.querySelector("#knees"), frame, corrected];
    this.#room.addEventListener("toggle", () => this.#show());
    this.#line.addEventListener("input", () => this.#moved(this.#line.valueAsNumber));
    frame.addEventListener("moved", ({ detail }) => {
      this.#line.value = detail;
      this.#moved(this.#line.valueAsNumber);
    });
    this.#button("save-line").addEventListener("click", () => this.#save({ line: this.#line.valueAsNumber }));
    this.#button("other-knee").addEventListener("click", () => this.#save({ laterality: this.#otherSide }));
  }

  /** The film on the desk, null where there is none: what was not saved is forgotten. */
  turnTo(film) {
    this.#film = film;
    this.#room.open = false;
    this.#room.hidden = !film?.region;
    this.#say("");
    this.#show();
  }

  get #line() {
    return this.#room.querySelector("#line");
  }

  get #otherSide() {
    return this.#film.laterality === "L" ? "R" : "L";
  }

  #show() {
    const shown = this.#room.open && this.#film?.region;
    this.#frame.line = shown ? lineOf(this.#film) : null;
    if (!shown) return;
    const size = isVertical(this.#film) ? this.#film.width : this.#film.height;
    const least = Math.max(1, Math.round(LEAST_SHARE * size));
    Object.assign(this.#line, { min: least, max: size - least, step: Math.max(1, Math.round(size / 400)) });
    // A slider stands on its steps, the line where it was put.
    this.#line.value = lineOf(this.#film);
    this.#button("save-line").disabled = true;
    this.#button("other-knee").textContent = this.#otherSide === "L"
      ? _("The frame shows the left knee") : _("The frame shows the right knee");
  }

  #moved(line) {
    this.#frame.line = line;
    this.#button("save-line").disabled = line === lineOf(this.#film);
    this.#say("");
  }

  async #save(correction) {
    const film = this.#film;
    try {
      const corrected = await sendJson("POST", `/api/v1/images/${film.image_id}/knee`, correction);
      if (this.#film !== film) return;
      this.#film = corrected;
      this.#corrected(corrected);
      this.#show();
      this.#say(_("Saved. The frame shows: {knee}.", { knee: kneeOf(corrected) }));
    } catch (problem) {
      if (this.#film === film) this.#say(`${problem.message} ${problem.advice}`);
    }
  }

  #button(id) {
    return this.#room.querySelector(`#${id}`);
  }

  #say(text) {
    this.#room.querySelector("#knees-said").textContent = text;
  }
}
