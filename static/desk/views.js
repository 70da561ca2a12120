// The images of the study as small pictures; a click shows one, the label stays the first one's.

import { linearExact } from "../viewer/window.js";
import { _ } from "../texts.js";

const HEIGHT = 72;

export class Views {
  #list;
  #films;
  #viewer;
  #switched;
  #views = [];
  #shown = 0;

  /** `switched` is told the view now shown, and the one the label is for. */
  constructor(list, films, viewer, switched) {
    [this.#list, this.#films, this.#viewer, this.#switched] = [list, films, viewer, switched];
  }

  show({ film, others }) {
    this.#views = [film, ...others];
    this.#shown = 0;
    this.clear();
    if (!others.length) return;
    this.#list.hidden = false;
    this.#views.forEach((view, number) => this.#list.append(this.#button(view, number)));
  }

  clear() {
    this.#list.replaceChildren();
    this.#list.hidden = true;
  }

  next() {
    if (this.#views.length > 1) this.#switch((this.#shown + 1) % this.#views.length);
  }

  async #switch(number) {
    const view = this.#views[number];
    const levels = await this.#films.get(view.pixels);
    if (this.#views[number] !== view) return;
    this.#shown = number;
    this.#viewer.show(view, levels);
    this.#switched(view, this.#views[0]);
    [...this.#list.children].forEach((each, n) => each.setAttribute("aria-pressed", n === number));
  }

  #button(view, number) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "view";
    button.setAttribute("aria-pressed", number === 0);
    const caption = document.createElement("span");
    caption.textContent = number === 0 ? _("{name} (to label)", { name: nameOf(view) }) : nameOf(view);
    button.append(this.#thumbnail(view), caption);
    button.addEventListener("click", () => this.#switch(number));
    return button;
  }

  #thumbnail(view) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round((HEIGHT * view.width) / view.height), HEIGHT];
    this.#films.get(view.pixels).then((levels) => paint(canvas, view, levels.at(-1)), () => {});
    return canvas;
  }
}

export function nameOf({ laterality, view_name: view }) {
  const side = { L: _("Left"), R: _("Right") }[laterality] ?? laterality;
  return [side, view].filter(Boolean).join(" ") || _("No side or view given");
}

/** What another film is to the one that is to be decided on. */
export function relationOf(film, relation) {
  return relation === "study" ? nameOf(film) : `${nameOf(film)} · ${_("Another study")}`;
}

function paint(canvas, view, level) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  for (let n = 0; n < canvas.width * canvas.height; n++) {
    const x = Math.floor((((n % canvas.width) + 0.5) * level.width) / canvas.width);
    const y = Math.floor(((Math.floor(n / canvas.width) + 0.5) * level.height) / canvas.height);
    const grey = linearExact(level.samples[y * level.width + x], view.window_centre, view.window_width);
    image.data.set([grey, grey, grey, 255], 4 * n);
  }
  context.putImageData(image, 0, 0);
}
