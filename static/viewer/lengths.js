// Lengths on the film: by two clicks, by a drag, or placed in the middle and moved by the arrow keys.

import { decimal } from "../formats.js";
import { _ } from "../texts.js";

const SVG = "http://www.w3.org/2000/svg";
const REACH = 12;
const DRAGGED = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Lengths extends EventTarget {
  #viewer;
  #drawing = element("svg", { class: "lengths" });
  #lengths = [];
  #pending = null;
  #film = null;
  #on = false;

  constructor(viewer) {
    super();
    this.#viewer = viewer;
    viewer.canvas.after(this.#drawing);
    viewer.addEventListener("painted", () => this.#place());
    const { canvas } = viewer;
    canvas.addEventListener("pointermove", (event) => this.#pending?.moveEnd(1, this.#filmPoint(event)));
    canvas.addEventListener("pointerup", (event) => this.#released(event));
  }

  get on() {
    return this.#on;
  }

  set on(on) {
    this.#on = on;
    if (!on && this.#pending) this.#remove(this.#pending);
    this.#viewer.canvas.parentElement.classList.toggle("measuring", on);
    this.dispatchEvent(new Event("switched"));
  }

  /** The left button went down: true where it sets an end of a length. */
  take(event) {
    if (!this.#on || !this.#viewer.film) return false;
    const point = this.#filmPoint(event);
    if (this.#pending) this.#finish();
    else {
      this.#pending = this.#add(point, point);
      this.#drawing.classList.add("pending");
      this.#pending.from = { x: event.clientX, y: event.clientY };
    }
    return true;
  }

  /** A length across the middle of what is in sight, its first end in the hands of the arrow keys. */
  addInTheMiddle() {
    if (!this.#viewer.film) return;
    const { width, height } = this.#viewer.canvas;
    const back = this.#viewer.matrix.inverse();
    const [first, second] = [0.4, 0.6].map((part) => back.transformPoint({ x: part * width, y: height / 2 }));
    this.#add(first, second).focus();
  }

  clear() {
    for (const length of [...this.#lengths]) this.#remove(length);
  }

  #filmPoint(event) {
    return this.#viewer.matrix.inverse().transformPoint(this.#viewer.point(event));
  }

  #add(first, second) {
    const length = new Length(this.#viewer, first, second, (gone) => this.#remove(gone));
    this.#lengths.push(length);
    this.#drawing.append(length.group);
    this.#place();
    return length;
  }

  #finish() {
    this.#pending = null;
    this.#drawing.classList.remove("pending");
  }

  /** The end of a drag sets the second end; that of a click waits for another click. */
  #released(event) {
    const from = this.#pending?.from;
    if (from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > DRAGGED) this.#finish();
  }

  #remove(length) {
    if (this.#pending === length) this.#finish();
    this.#lengths = this.#lengths.filter((each) => each !== length);
    length.group.remove();
  }

  #place() {
    if (this.#viewer.film?.image_id !== this.#film) this.clear();
    this.#film = this.#viewer.film?.image_id;
    for (const length of this.#lengths) length.place();
  }
}

/** Length in words: millimetres and where they are measured, else film pixels. */
export function lengthInWords([first, second], { spacing_mm: spacing, spacing_plane: plane }) {
  const pixels = Math.hypot(second.x - first.x, second.y - first.y);
  if (!spacing) return `${Math.round(pixels)} px`;
  return measured(`${decimal(pixels * spacing, 1)} mm`, plane);
}

/** A figure in millimetres with the plane it is true in, where the file says which. */
export function measured(figure, plane) {
  if (plane === "detector") return _("{figure} at the detector", { figure });
  if (plane === "patient") return _("{figure} in the patient", { figure });
  if (plane === "estimated") return _("{figure} in the patient, estimated", { figure });
  return figure;
}

class Length {
  #viewer;
  #ends;
  #line = element("line");
  #text = element("text");
  #handles;

  constructor(viewer, first, second, remove) {
    this.#viewer = viewer;
    this.#ends = [first, second];
    this.group = element("g");
    this.#handles = [0, 1].map((number) => this.#handle(number, remove));
    this.group.append(this.#line, this.#text, ...this.#handles);
  }

  focus() {
    this.#handles[0].focus();
  }

  moveEnd(number, point) {
    this.#ends[number] = point;
    this.place();
  }

  place() {
    const matrix = this.#viewer.matrix;
    const [first, second] = this.#ends
      .map((end) => matrix.transformPoint(end))
      .map(({ x, y }) => ({ x: x / devicePixelRatio, y: y / devicePixelRatio }));
    assign(this.#line, { x1: first.x, y1: first.y, x2: second.x, y2: second.y });
    const right = first.x > second.x ? first : second;
    assign(this.#text, { x: right.x + REACH, y: right.y + 4 });
    const words = lengthInWords(this.#ends, this.#viewer.film);
    this.#text.textContent = words;
    [first, second].forEach(({ x, y }, number) => {
      const handle = this.#handles[number];
      for (const circle of handle.children) assign(circle, { cx: x, cy: y });
      handle.setAttribute("aria-label", number === 0
        ? _("First end of a length of {length}. Arrow keys move it, Delete removes the length", { length: words })
        : _("Second end of a length of {length}. Arrow keys move it, Delete removes the length", { length: words }));
    });
  }

  #handle(number, remove) {
    const handle = element("g", { class: "end-point", tabindex: 0, role: "button" });
    handle.append(element("circle", { r: REACH, class: "reach" }), element("circle", { r: 3.5 }));
    handle.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") remove(this);
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
      this.moveEnd(number, this.#viewer.matrix.inverse().transformPoint(this.#viewer.point(event)));
    });
    return handle;
  }

  /** One pixel of the screen at a time, however the film lies. */
  #step(number, [x, y], times) {
    const at = this.#viewer.matrix.transformPoint(this.#ends[number]);
    const to = { x: at.x + x * times * devicePixelRatio, y: at.y + y * times * devicePixelRatio };
    this.moveEnd(number, this.#viewer.matrix.inverse().transformPoint(to));
  }
}

function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  assign(made, attributes);
  return made;
}

function assign(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
