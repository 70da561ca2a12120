// One thing drawn on a film: its strokes, its words, and a handle at each point for mouse and keyboard.

import { angleInWords, boxInWords, lengthInWords } from "./measured.js";
import { _ } from "../texts.js";

const SVG = "http://www.w3.org/2000/svg";
const REACH = 12;
const HEAD = 14;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Measure {
  #viewer;
  #remove;
  #line = element("polyline");
  #head = element("polyline");
  #text = element("text");
  #handles = [];

  constructor(viewer, kind, points, remove) {
    [this.#viewer, this.kind, this.points, this.#remove] = [viewer, kind, [], remove];
    this.group = element("g", { class: kind });
    this.group.append(this.#line, this.#head, this.#text);
    for (const point of points) this.extend(point);
  }

  focus() {
    this.#handles[0].focus();
  }

  /** One more point, which follows the pointer. */
  extend(point) {
    this.points.push(point);
    const handle = this.#handle(this.points.length - 1);
    this.#handles.push(handle);
    this.group.append(handle);
  }

  moveLast(point) {
    this.#move(this.points.length - 1, point);
  }

  place() {
    const matrix = this.#viewer.matrix;
    const shown = this.points.map((point) => matrix.transformPoint(point))
      .map(({ x, y }) => ({ x: x / devicePixelRatio, y: y / devicePixelRatio }));
    assign(this.#line, { points: written(this.kind === "box" ? round(...shown) : shown) });
    assign(this.#head, { points: this.kind === "arrow" ? written(head(...shown)) : "" });
    const at = this.kind === "angle" ? shown[1] : shown[0].x > shown[1].x ? shown[0] : shown[1];
    assign(this.#text, { x: at.x + REACH, y: at.y + 4 });
    this.#text.textContent = this.#words;
    shown.forEach(({ x, y }, number) => {
      for (const circle of this.#handles[number].children) assign(circle, { cx: x, cy: y });
      this.#handles[number].setAttribute("aria-label", this.#named(number));
    });
  }

  get #words() {
    if (this.kind === "length") return lengthInWords(this.points, this.#viewer.film);
    if (this.kind === "box") return boxInWords(this.points, this.#viewer.film);
    return this.kind === "angle" && this.points.length === 3 ? angleInWords(this.points) : "";
  }

  #named(number) {
    if (this.kind === "arrow") {
      return number ? _("Tip of an arrow. Arrow keys move it, Delete removes the arrow")
        : _("Tail of an arrow. Arrow keys move it, Delete removes the arrow");
    }
    if (this.kind === "box") {
      return number === 0
        ? _("First corner of a box of {size}. Arrow keys move it, Delete removes the box", { size: this.#words })
        : _("Second corner of a box of {size}. Arrow keys move it, Delete removes the box", { size: this.#words });
    }
    if (this.kind === "angle") {
      return _("Point {number} of 3 of an angle of {angle}. Arrow keys move it, Delete removes the angle",
        { number: number + 1, angle: this.#words });
    }
    return number === 0
      ? _("First end of a length of {length}. Arrow keys move it, Delete removes the length", { length: this.#words })
      : _("Second end of a length of {length}. Arrow keys move it, Delete removes the length", { length: this.#words });
  }

  #move(number, point) {
    this.points[number] = point;
    this.place();
  }

  #handle(number) {
    const handle = element("g", { class: "end-point", tabindex: 0, role: "button" });
    handle.append(element("circle", { r: REACH, class: "reach" }), element("circle", { r: 3.5 }));
    handle.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") this.#remove(this);
      else if (ARROWS[event.key]) this.#step(number, ARROWS[event.key], event.shiftKey ? 10 : 1);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    handle.addEventListener("pointerdown", (event) => {
      if (event.button === 0) handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      this.#move(number, this.#viewer.matrix.inverse().transformPoint(this.#viewer.point(event)));
    });
    return handle;
  }

  /** One pixel of the screen at a time, however the film lies. */
  #step(number, [x, y], times) {
    const at = this.#viewer.matrix.transformPoint(this.points[number]);
    const to = { x: at.x + x * times * devicePixelRatio, y: at.y + y * times * devicePixelRatio };
    this.#move(number, this.#viewer.matrix.inverse().transformPoint(to));
  }
}

function written(points) {
  return points.map(({ x, y }) => `${x},${y}`).join(" ");
}

/** Once round the box between two opposite corners: films turn by quarters, so its sides stay upright. */
function round(one, other) {
  return [one, { x: other.x, y: one.y }, other, { x: one.x, y: other.y }, one];
}

/** The two strokes at the tip of an arrow. */
function head(tail, tip) {
  const way = Math.atan2(tip.y - tail.y, tip.x - tail.x);
  const stroke = (by) => ({ x: tip.x - HEAD * Math.cos(way + by), y: tip.y - HEAD * Math.sin(way + by) });
  return [stroke(0.45), tip, stroke(-0.45)];
}

export function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  assign(made, attributes);
  return made;
}

function assign(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
