// One film on one canvas: window, zoom, pan, turn, mirror. Every change repaints once, at the next frame.

import { mirrored, transform, turned, turnedSize, UPRIGHT } from "./orientation.js";
import { Painter } from "./painter.js";
import { fitted, moved, zoomed } from "./placement.js";
import { ownWindow, throughPreview } from "./window.js";

/** Milliseconds without a change after which a film painted in a hurry is painted in full. */
const REST = 120;

export class Viewer extends EventTarget {
  #canvas;
  #screen;
  #painter = new Painter();
  #levels = null;
  #preview = false;
  #film = null;
  #place = null;
  #orientation = UPRIGHT;
  #window = null;
  #fits = true;
  #keepsWindow = false;
  /** The film that the window was set for. */
  #windowOf = null;
  #frame = 0;
  #resting = 0;

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#screen = canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#resized()).observe(canvas);
    this.#resized();
  }

  /**
   * Show a decoded film as its file says it starts: whole, in its own window. A preview, whose one
   * level is the film in 8 bits through its own window, gives way to the film's levels when these
   * are shown; what the reader has changed meanwhile stays.
   */
  show(film, levels, { preview = false } = {}) {
    const follows = this.#preview && this.#film?.pixels === film.pixels;
    const window = this.#windowFor(film);
    [this.#film, this.#levels, this.#preview] = [film, levels, preview];
    if (!follows) {
      this.#orientation = UPRIGHT;
      this.#setWindow(window);
      this.fit();
    }
    if (levels.painted) this.#painter.take(levels, levels.painted);
    this.#paint();
  }

  /** How a film will be shown first on this canvas. */
  firstPaint(film) {
    return { scale: fitted(film, this.#box).scale, window: this.#windowFor(film) };
  }

  /** Whether the next film begins in the window of this one, each in parts of its own. */
  get keepsWindow() {
    return this.#keepsWindow;
  }

  set keepsWindow(keeps) {
    this.#keepsWindow = keeps;
  }

  /** The window a film begins in. */
  #windowFor(film) {
    const own = ownWindow(film);
    if (!this.#keepsWindow || !this.#windowOf) return { ...own, inverted: false };
    const before = ownWindow(this.#windowOf);
    const { centre, width, inverted } = this.#window;
    return {
      centre: own.centre + ((centre - before.centre) / before.width) * own.width,
      width: Math.max(1, (width / before.width) * own.width),
      inverted,
    };
  }

  /** Another description of the film that is shown: of a knee that was put right. */
  redescribe(film) {
    this.#film = film;
    this.#paint();
  }

  clear() {
    [this.#film, this.#levels, this.#place] = [null, null, null];
    this.#paint();
  }

  get film() {
    return this.#film;
  }

  get levels() {
    return this.#levels;
  }

  get canvas() {
    return this.#canvas;
  }

  get state() {
    return { ...this.#window, ...this.#orientation, scale: this.#place?.scale ?? 1, fits: this.#fits };
  }

  /** From film pixels to device pixels of the canvas. */
  get matrix() {
    return transform(this.#film, this.#place, this.#orientation);
  }

  reset() {
    if (!this.#film) return;
    this.#orientation = UPRIGHT;
    this.#setWindow({ ...ownWindow(this.#film), inverted: false });
    this.fit();
  }

  fit() {
    if (!this.#film) return;
    this.#fits = true;
    this.#put(fitted(this.#size, this.#box));
  }

  oneToOne(point = this.#middle) {
    if (!this.#film) return;
    this.#fits = false;
    const { x, y } = zoomed(this.#place, 1 / this.#place.scale, point, 0);
    this.#put(this.#kept({ scale: 1, x: Math.round(x), y: Math.round(y) }));
  }

  toggleFit(point) {
    if (this.#fits) this.oneToOne(point);
    else this.fit();
  }

  turn(quarter) {
    if (this.#film) this.#orient(turned(this.#orientation, quarter));
  }

  mirror() {
    if (this.#film) this.#orient(mirrored(this.#orientation));
  }

  invert() {
    if (this.#film) this.#setWindow({ ...this.#window, inverted: !this.#window.inverted });
  }

  /** `preset` as in window.js; the film stays inverted where it was. */
  usePreset(preset) {
    if (!this.#film || this.#preview) return;
    this.#setWindow({ ...this.#window, ...preset.of(this.#film, this.#levels.at(-1)) });
  }

  /** Steps of one five-hundredth of the window the film came with: the same feel at any depth. */
  adjustWindow(level, width) {
    if (!this.#film) return;
    const step = this.#film.window_width / 500;
    const most = 4 * 2 ** this.#film.bits;
    this.#setWindow({
      ...this.#window,
      centre: Math.min(most, Math.max(-most, this.#window.centre + level * step)),
      width: Math.min(most, Math.max(1, this.#window.width + width * step)),
    });
  }

  zoom(factor, point = this.#middle) {
    if (!this.#film) return;
    this.#fits = false;
    const least = fitted(this.#size, this.#box).scale / 4;
    this.#put(this.#kept(zoomed(this.#place, factor, point, least)));
  }

  pan(dx, dy) {
    if (!this.#film) return;
    this.#fits = false;
    this.#put(moved(this.#place, dx, dy, this.#size, this.#box));
  }

  /** What another film can be shown like: in parts of the whole film and of its own window. */
  get manner() {
    const { width, height } = this.#size;
    const { scale, x, y } = this.#place;
    const own = ownWindow(this.#film);
    return {
      fits: this.#fits,
      zoom: scale / fitted(this.#size, this.#box).scale,
      middle: [(this.#middle.x - x) / scale / width, (this.#middle.y - y) / scale / height],
      brightness: (this.#window.centre - own.centre) / own.width,
      contrast: this.#window.width / own.width,
      inverted: this.#window.inverted,
    };
  }

  /** Show this film in the manner of another. */
  follow({ fits, zoom, middle, brightness, contrast, inverted }) {
    if (!this.#film) return;
    const own = ownWindow(this.#film);
    const [centre, width] = [own.centre + brightness * own.width, Math.max(1, contrast * own.width)];
    this.#setWindow({ centre, width, inverted });
    if (fits) return this.fit();
    const scale = zoom * fitted(this.#size, this.#box).scale;
    const at = (of, size, half) => half - middle[of] * size * scale;
    this.#fits = false;
    const place = { scale, x: at(0, this.#size.width, this.#middle.x), y: at(1, this.#size.height, this.#middle.y) };
    this.#put(this.#kept(place));
  }

  /** From CSS pixels of the page to device pixels of the canvas. */
  point(event) {
    const frame = this.#canvas.getBoundingClientRect();
    return { x: (event.clientX - frame.left) * devicePixelRatio, y: (event.clientY - frame.top) * devicePixelRatio };
  }

  /**
   * Paint the film on another canvas.
   * @param {Painter} painter the other canvas's own.
   * @param {DOMMatrix} matrix from film pixels to that canvas.
   */
  paintOn(screen, painter, matrix, moving = false) {
    const window = this.#preview ? throughPreview(this.#window, this.#film) : this.#window;
    const [{ width, height }] = this.#levels;
    const part = partShown(this.#film, this.#preview);
    const fromLevel = matrix.translate(part.left, part.top)
      .scale((part.right - part.left) / width, (part.bottom - part.top) / height);
    return painter.paint(screen, { levels: this.#levels, window }, fromLevel, moving);
  }

  get #size() {
    return turnedSize(this.#film, this.#orientation);
  }

  get #box() {
    return { width: this.#canvas.width, height: this.#canvas.height };
  }

  get #middle() {
    return { x: this.#canvas.width / 2, y: this.#canvas.height / 2 };
  }

  #orient(orientation) {
    this.#orientation = orientation;
    if (this.#fits) this.fit();
    else this.#put(this.#kept(this.#place));
  }

  #kept(place) {
    return moved(place, 0, 0, this.#size, this.#box);
  }

  #put(place) {
    this.#place = place;
    this.#later();
  }

  #setWindow(window) {
    [this.#window, this.#windowOf] = [window, this.#film];
    this.#later();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.max(1, Math.round(clientWidth * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * devicePixelRatio));
    if (this.#film) this.#place = this.#fits ? fitted(this.#size, this.#box) : this.#kept(this.#place);
    this.#paint();
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => this.#paint(true));
  }

  #paint(moving = false) {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#resting);
    this.#frame = 0;
    this.#screen.fillStyle = "#000";
    this.#screen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#film) return;
    const hurried = this.paintOn(this.#screen, this.#painter, this.matrix, moving);
    if (hurried) this.#resting = setTimeout(() => this.#paint(), REST);
    this.dispatchEvent(new Event("painted"));
  }
}

/** Which part of the film its levels show: a preview of one knee of both shows that knee alone. */
function partShown({ width, height, region }, preview) {
  return (preview && region) || { left: 0, top: 0, right: width, bottom: height };
}
