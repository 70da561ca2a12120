// The guideline beside the film: fetched when it is first opened, and open until it is closed, film after
// film.

import { _ } from "../texts.js";

const ADDRESS = "/api/v1/guideline";

export class Guideline {
  #sheet;
  #button;
  #drawn = false;

  /** @param {HTMLElement} root of the desk. */
  constructor(root) {
    this.#sheet = root.querySelector("#guideline");
    this.#button = root.querySelector("[data-act=guideline]");
    this.#sheet?.querySelector("[data-close]").addEventListener("click", () => this.toggle());
  }

  /** Commands, see `bindKeys`; none where no guideline has been published. */
  get commands() {
    if (!this.#sheet) return [];
    return [{ group: _("Reading"), name: _("Guideline beside the film, on or off"), keys: ["g"], act: () => this.toggle(), button: "guideline" }];
  }

  toggle() {
    this.#sheet.hidden = !this.#sheet.hidden;
    this.#button.setAttribute("aria-pressed", `${!this.#sheet.hidden}`);
    if (!this.#sheet.hidden && !this.#drawn) this.#draw();
  }

  async #draw() {
    this.#drawn = true;
    const room = this.#sheet.querySelector("[data-rules]");
    const guideline = await fetch(ADDRESS).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    if (!guideline) {
      this.#drawn = false;
      room.textContent = _("The guideline could not be loaded. Close it and open it again.");
      return;
    }
    const rules = guideline.classes.map(section);
    room.replaceChildren(...[written(guideline.text), ...rules].filter(Boolean));
    this.#sheet.querySelector("[data-version]").textContent = _("Version {number}", { number: guideline.version });
  }
}

/** What the guideline says of one class, drawn. */
export function section({ name, text, examples }) {
  const rule = document.createElement("section");
  rule.className = "rule";
  const heading = document.createElement("h3");
  heading.textContent = name;
  const films = document.createElement("ul");
  films.className = "examples";
  films.append(...examples.map((film) => example(film, name)));
  rule.append(...[heading, written(text), examples.length ? films : null].filter(Boolean));
  return rule;
}

function written(text) {
  if (!text) return null;
  const words = document.createElement("div");
  words.className = "written";
  words.textContent = text;
  return words;
}

function example({ image_id: image, preview, caption }, name) {
  const item = document.createElement("li");
  const figure = document.createElement("figure");
  const picture = document.createElement("img");
  Object.assign(picture, { src: preview, alt: _("Example of {name}", { name }), loading: "lazy", width: 220, height: 220 });
  const words = document.createElement("figcaption");
  words.textContent = caption || _("Image {number}", { number: image });
  figure.append(picture, words);
  item.append(figure);
  return item;
}
