// What a reader draws on a film: lengths, angles, arrows and boxes, by clicks, by a drag, or placed in
// the middle and moved by the arrow keys.

import { element, Measure } from "./measure.js";

const DRAGGED = 4;
/** How many points each kind has. */
const POINTS = { length: 2, angle: 3, arrow: 2, box: 2 };
/** Where the points lie at first, in parts of the canvas. */
const MIDDLE = {
  length: [[0.4, 0.5], [0.6, 0.5]],
  angle: [[0.5, 0.3], [0.5, 0.5], [0.62, 0.65]],
  arrow: [[0.42, 0.6], [0.5, 0.5]],
  box: [[0.42, 0.42], [0.58, 0.58]],
};

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

  /** What the left button draws: `length`, `angle`, `arrow`, `box`; null while it does not. */
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
