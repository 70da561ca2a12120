// What a reader draws on a film: lengths, angles and arrows, by clicks, by a drag, or placed in the
// middle and moved by the arrow keys. Film pixels are square, so an angle needs no spacing.

import { decimal } from "../formats.js";
import { _ } from "../texts.js";

const SVG = "http://www.w3.org/2000/svg";
const REACH = 12;
const DRAGGED = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** How many points each kind has. */
const POINTS = { length: 2, angle: 3, arrow: 2 };
/** Where the points lie at first, in parts of the canvas. */
const MIDDLE = {
  length: [[0.4, 0.5], [0.6, 0.5]],
  angle: [[0.5, 0.3], [0.5, 0.5], [0.62, 0.65]],
  arrow: [[0.42, 0.6], [0.5, 0.5]],
};
const HEAD = 14;

export class Measures extends EventTarget {
  #viewer;
  #drawing = element("svg", { class: "measures" });
  /** By film: the reader looks at another view of the study and comes back. */
  #ofFilms = new Map();
  #pending = null;
  #film = null;
  #kind = null;

  constructor(viewer) {
    super();
    this.#viewer = viewer;
    viewer.canvas.after(this.#drawing);
    viewer.addEventListener("painted", () => this.#place());
    const { canvas } = viewer;
    canvas.addEventListener("pointermove", (event) => this.#pending?.moveLast(this.#filmPoint(event)));
    canvas.addEventListener("pointerup", (event) => this.#released(event));
  }

  /** What the left button draws: `length`, `angle`, `arrow`; null while it does not. */
  get kind() {
    return this.#kind;
  }

  set kind(kind) {
    this.giveUp();
    this.#kind = kind;
    this.#viewer.canvas.parentElement.dataset.measuring = kind ?? "";
    this.dispatchEvent(new Event("switched"));
  }

  /** A new film to decide on, with what was drawn on it before; it is shown once the film is. */
  begin(film, measurements) {
    this.giveUp();
    this.#ofFilms.clear();
    this.#ofFilms.set(film, measurements.map(({ kind, points }) => this.#made(kind, points.map(([x, y]) => ({ x, y })))));
    this.#film = null;
    this.#drawing.replaceChildren();
  }

  /** What is drawn on a film, as the server wants it: points in film pixels. */
  said(film) {
    const drawn = (this.#ofFilms.get(film) ?? []).filter((each) => each !== this.#pending);
    return drawn.map(({ kind, points }) => ({ kind, points: points.map(({ x, y }) => [x, y]) }));
  }

  /** The left button went down: true where it sets a point. */
  take(event) {
    if (!this.#kind || !this.#viewer.film) return false;
    const point = this.#filmPoint(event);
    if (this.#pending) {
      this.#pending.from = null;
      this.#another(point);
    } else {
      this.#pending = this.#add(this.#kind, [point, point]);
      this.#drawing.classList.add("pending");
      this.#pending.from = { x: event.clientX, y: event.clientY };
    }
    return true;
  }

  /** What is being drawn is given up: a second finger came down. */
  giveUp() {
    if (this.#pending) this.#remove(this.#pending);
  }

  /** One in the middle of what is in sight, its first point in the hands of the arrow keys. */
  addInTheMiddle(kind) {
    if (!this.#viewer.film) return;
    const { width, height } = this.#viewer.canvas;
    const back = this.#viewer.matrix.inverse();
    this.#add(kind, MIDDLE[kind].map(([x, y]) => back.transformPoint({ x: x * width, y: y * height }))).focus();
  }

  clear() {
    for (const drawn of [...this.#drawn]) this.#remove(drawn);
  }

  get #drawn() {
    return this.#ofFilms.get(this.#film) ?? [];
  }

  #filmPoint(event) {
    return this.#viewer.matrix.inverse().transformPoint(this.#viewer.point(event));
  }

  #add(kind, points) {
    const drawn = this.#made(kind, points);
    this.#drawn.push(drawn);
    this.#drawing.append(drawn.group);
    this.#place();
    return drawn;
  }

  #made(kind, points) {
    return new Measure(this.#viewer, kind, points, (gone) => this.#remove(gone));
  }

  #another(point) {
    this.#pending.moveLast(point);
    if (this.#pending.points.length < POINTS[this.#pending.kind]) this.#pending.extend(point);
    else this.#finish();
  }

  #finish() {
    this.#pending = null;
    this.#drawing.classList.remove("pending");
  }

  /** The end of a drag sets the next point; that of a click waits for another click. */
  #released(event) {
    const from = this.#pending?.from;
    if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) <= DRAGGED) return;
    this.#pending.from = null;
    this.#another(this.#filmPoint(event));
  }

  #remove(drawn) {
    if (this.#pending === drawn) this.#finish();
    this.#ofFilms.set(this.#film, this.#drawn.filter((each) => each !== drawn));
    drawn.group.remove();
  }

  #turnTo(film) {
    if (film === this.#film) return;
    this.giveUp();
    this.#film = film;
    if (!this.#ofFilms.has(film)) this.#ofFilms.set(film, []);
    this.#drawing.replaceChildren(...this.#drawn.map(({ group }) => group));
  }

  #place() {
    this.#turnTo(this.#viewer.film.image_id);
    for (const drawn of this.#drawn) drawn.place();
  }
}

/** Length in words: millimetres and where they are measured, else film pixels. */
export function lengthInWords([first, second], { spacing_mm: spacing, spacing_plane: plane }) {
  const pixels = Math.hypot(second.x - first.x, second.y - first.y);
  if (!spacing) return `${Math.round(pixels)} px`;
  return measured(`${decimal(pixels * spacing, 1)} mm`, plane);
}

/** The angle at the second of three points, from 0 to 180 degrees, in words. */
export function angleInWords([first, corner, last]) {
  const [a, b] = [first, last].map(({ x, y }) => Math.atan2(y - corner.y, x - corner.x));
  const turn = Math.abs(a - b) % (2 * Math.PI);
  return `${decimal((Math.min(turn, 2 * Math.PI - turn) * 180) / Math.PI, 1)}°`;
}

/** A figure in millimetres with the plane it is true in, where the file says which. */
export function measured(figure, plane) {
  if (plane === "detector") return _("{figure} at the detector", { figure });
  if (plane === "patient") return _("{figure} in the patient", { figure });
  if (plane === "estimated") return _("{figure} in the patient, estimated", { figure });
  return figure;
}

class Measure {
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
    assign(this.#line, { points: written(shown) });
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
    return this.kind === "angle" && this.points.length === 3 ? angleInWords(this.points) : "";
  }

  #named(number) {
    if (this.kind === "arrow") {
      return number ? _("Tip of an arrow. Arrow keys move it, Delete removes the arrow")
        : _("Tail of an arrow. Arrow keys move it, Delete removes the arrow");
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

/** The two strokes at the tip of an arrow. */
function head(tail, tip) {
  const way = Math.atan2(tip.y - tail.y, tip.x - tail.x);
  const stroke = (by) => ({ x: tip.x - HEAD * Math.cos(way + by), y: tip.y - HEAD * Math.sin(way + by) });
  return [stroke(0.45), tip, stroke(-0.45)];
}

function element(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  assign(made, attributes);
  return made;
}

function assign(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
