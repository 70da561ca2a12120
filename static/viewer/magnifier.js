// A round glass that follows the pointer; where there is none, it lies in the middle of the film.

import { Painter } from "./painter.js";

const SIZE = 260;
const TIMES = 2.5;

export class Magnifier {
  #viewer;
  #glass = null;
  #painter = new Painter();
  #at = null;

  constructor(viewer) {
    this.#viewer = viewer;
    const { canvas } = viewer;
    canvas.addEventListener("pointermove", (event) => {
      this.#at = viewer.point(event);
      this.#draw();
    });
    canvas.addEventListener("pointerleave", () => (this.#at = null));
    viewer.addEventListener("painted", () => this.#draw());
  }

  get on() {
    return this.#glass !== null;
  }

  show() {
    if (this.on) return;
    this.#glass = document.createElement("canvas");
    this.#glass.className = "glass";
    this.#glass.setAttribute("aria-hidden", "true");
    this.#glass.width = this.#glass.height = Math.round(SIZE * devicePixelRatio);
    this.#viewer.canvas.after(this.#glass);
    this.#draw();
  }

  hide() {
    this.#glass?.remove();
    this.#glass = null;
  }

  #draw() {
    if (!this.on) return;
    this.#glass.hidden = !this.#viewer.film;
    if (!this.#viewer.film) return;
    const { canvas, matrix } = this.#viewer;
    const at = this.#at ?? { x: canvas.width / 2, y: canvas.height / 2 };
    const half = this.#glass.width / 2;
    const shown = new DOMMatrix().translate(half, half).scale(TIMES).translate(-at.x, -at.y).multiply(matrix);
    const screen = this.#glass.getContext("2d", { alpha: false });
    screen.fillStyle = "#000";
    screen.fillRect(0, 0, this.#glass.width, this.#glass.height);
    this.#viewer.paintOn(screen, this.#painter, shown);
    this.#glass.style.left = `${at.x / devicePixelRatio - SIZE / 2}px`;
    this.#glass.style.top = `${at.y / devicePixelRatio - SIZE / 2}px`;
  }
}
