// What the reader said last: in words beside the key that takes it back, and the last ten films as
// small pictures, each a way to correct it.

import { capOf } from "./keymap.js";
import { _ } from "../texts.js";

const SHOWN = 10;

export class Latest {
  #root;
  #worklist;
  #undo;
  #wordsFor;
  #reads = [];

  /**
   * @param {HTMLElement} root with a line of words and a list in it.
   * @param {{keys: string[]}} undo the command that takes the last decision back, see `bindKeys`.
   * @param {(read: object) => string} wordsFor what a read says.
   */
  constructor(root, worklist, undo, wordsFor) {
    [this.#root, this.#worklist, this.#undo, this.#wordsFor] = [root, worklist, undo, wordsFor];
  }

  /** As the server knows them: where the page opens, and after an undo. */
  async load() {
    const response = await fetch(`/api/v1/reads/${this.#worklist}`).catch(() => null);
    // Without an answer the page says what it has seen itself.
    if (!response?.ok) return;
    this.#reads = (await response.json()).map((read) => ({ ...read, answer: this.#wordsFor(read) }));
    this.#show();
  }

  /** @param {{image_id: number, preview: string, answer: string}} read what was just decided. */
  add(read) {
    this.#reads = [read, ...this.#reads.filter(({ image_id: id }) => id !== read.image_id)].slice(0, SHOWN);
    this.#show();
  }

  #show() {
    const [last] = this.#reads;
    this.#root.hidden = !last;
    if (!last) return;
    const key = this.#undo.keys.length ? capOf(this.#undo.keys[0]) : "";
    this.#root.querySelector("p").textContent = key
      ? _("Last: {answer}, {key} to undo", { answer: last.answer, key }) : _("Last: {answer}", { answer: last.answer });
    this.#root.querySelector("ul").replaceChildren(...this.#reads.map((read) => this.#picture(read)));
  }

  #picture({ image_id: image, preview, answer }) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const picture = document.createElement("img");
    link.href = `/reads/${this.#worklist}/${image}`;
    link.title = _("{answer}: correct it", { answer });
    Object.assign(picture, { src: preview, alt: link.title, decoding: "async" });
    link.append(picture);
    item.append(link);
    return item;
  }
}
