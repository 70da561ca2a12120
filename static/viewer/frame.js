// The knee that is asked for, on a film of both: a frame around it with its name, and the line between
// the knees while the reader moves it.

import { _ } from "../texts.js";

const SVG = "http://www.w3.org/2000/svg";
const GAP = 8;
const LINE_OF_TEXT = 22;

export class Frame extends EventTarget {
  #viewer;
  #drawing = element("svg", "frame");
  #name = element("text");
  #outlines = [element("polygon", "halo"), element("polygon")];
  #lines = ["halo", "line", "reach"].map((name) => element("line", name, "move"));
  #line = null;

  /** Says `moved`, with the line's place in film pixels, while the reader drags it. */
  constructor(viewer) {
    super();
    this.#viewer = viewer;
    this.#drawing.setAttribute("aria-hidden", "true");
    this.#drawing.append(...this.#outlines, this.#name, ...this.#lines);
    viewer.canvas.after(this.#drawing);
    viewer.addEventListener("painted", () => this.#place());
    this.#dragBy(this.#lines.at(-1));
  }

  /** Where the line between the knees is to be shown, in film pixels; null hides it. */
  set line(line) {
    this.#line = line;
    this.#place();
  }

  #place() {
    const { film } = this.#viewer;
    this.#drawing.classList.toggle("moving", Boolean(film?.region) && this.#line !== null);
    this.#drawing.toggleAttribute("hidden", !film?.region);
    if (!film?.region) return;
    const { left, top, right, bottom } = film.region;
    const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map((corner) => this.#onScreen(...corner));
    const points = corners.map(({ x, y }) => `${x},${y}`).join(" ");
    for (const outline of this.#outlines) outline.setAttribute("points", points);
    this.#placeName(film, corners);
    if (this.#line !== null) this.#placeLine(film);
  }

  /** In the upper corner towards the other knee: there is no bone. */
  #placeName(film, corners) {
    const { clientWidth, clientHeight } = this.#viewer.canvas;
    const range = (of, most) => {
      const values = corners.map((corner) => corner[of]);
      return [Math.max(0, Math.min(...values)), Math.min(most, Math.max(...values))];
    };
    const [[left, right], [top, bottom]] = [range("x", clientWidth), range("y", clientHeight)];
    this.#name.toggleAttribute("hidden", right - left < GAP || bottom - top < LINE_OF_TEXT);
    const middle = this.#onScreen(film.width / 2, film.height / 2);
    const inwards = middle.x > (left + right) / 2;
    this.#name.textContent = kneeOf(film);
    assign(this.#name, { x: inwards ? right - GAP : left + GAP, y: top + LINE_OF_TEXT, "text-anchor": inwards ? "end" : "start" });
  }

  #placeLine(film) {
    const ends = isVertical(film)
      ? [[this.#line, 0], [this.#line, film.height]] : [[0, this.#line], [film.width, this.#line]];
    const [first, second] = ends.map((end) => this.#onScreen(...end));
    for (const line of this.#lines) assign(line, { x1: first.x, y1: first.y, x2: second.x, y2: second.y });
  }

  #onScreen(x, y) {
    const point = this.#viewer.matrix.transformPoint({ x, y });
    return { x: point.x / devicePixelRatio, y: point.y / devicePixelRatio };
  }

  #dragBy(handle) {
    handle.addEventListener("pointerdown", (event) => event.button === 0 && handle.setPointerCapture(event.pointerId));
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { x, y } = this.#viewer.matrix.inverse().transformPoint(this.#viewer.point(event));
      this.dispatchEvent(new CustomEvent("moved", { detail: Math.round(isVertical(this.#viewer.film) ? x : y) }));
    });
  }
}

/** What the framed knee is called. */
export function kneeOf({ laterality }) {
  return laterality === "L" ? _("Left knee") : _("Right knee");
}

/** Whether the knees lie beside each other: then the line between them goes from top to bottom. */
export function isVertical({ width, region: { left, right } }) {
  return right - left < width;
}

/** Where the line between the knees is, in film pixels. */
export function lineOf(film) {
  const { left, top, right, bottom } = film.region;
  if (isVertical(film)) return left > 0 ? left : right;
  return top > 0 ? top : bottom;
}

function element(name, ...classes) {
  const made = document.createElementNS(SVG, name);
  made.classList.add(...classes);
  return made;
}

function assign(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
