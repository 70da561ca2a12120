// One film on one canvas: window, zoom, pan. Every change repaints once, at the next frame.

import { fitted, moved, zoomed } from "./placement.js";
import { levelFor } from "./pyramid.js";
import { lookupTable } from "./window.js";

export class Viewer extends EventTarget {
  #canvas;
  #screen;
  #scratch = document.createElement("canvas");
  #levels = null;
  #film = null;
  #place = null;
  #window = null;
  #table = null;
  #fits = true;
  #frame = 0;

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#screen = canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.#resized()).observe(canvas);
    this.#resized();
  }

  /** Show a decoded film as its file says it starts: whole, in its own window. */
  show(film, levels) {
    [this.#film, this.#levels] = [film, levels];
    this.reset();
    this.#paint();
  }

  clear() {
    [this.#film, this.#levels, this.#place] = [null, null, null];
    this.#paint();
  }

  get film() {
    return this.#film;
  }

  get state() {
    return { ...this.#window, scale: this.#place?.scale ?? 1, fits: this.#fits };
  }

  reset() {
    if (!this.#film) return;
    this.#window = { centre: this.#film.window_centre, width: this.#film.window_width, inverted: false };
    this.#table = null;
    this.fit();
  }

  fit() {
    if (!this.#film) return;
    this.#fits = true;
    this.#put(fitted(this.#levels[0], this.#box));
  }

  oneToOne(point = this.#middle) {
    if (!this.#film) return;
    this.#fits = false;
    const { x, y } = zoomed(this.#place, 1 / this.#place.scale, point, 0);
    const whole = { scale: 1, x: Math.round(x), y: Math.round(y) };
    this.#put(moved(whole, 0, 0, this.#levels[0], this.#box));
  }

  toggleFit(point) {
    if (this.#fits) this.oneToOne(point);
    else this.fit();
  }

  invert() {
    if (this.#film) this.#setWindow({ ...this.#window, inverted: !this.#window.inverted });
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
    const least = fitted(this.#levels[0], this.#box).scale / 4;
    const place = zoomed(this.#place, factor, point, least);
    this.#put(moved(place, 0, 0, this.#levels[0], this.#box));
  }

  pan(dx, dy) {
    if (!this.#film) return;
    this.#fits = false;
    this.#put(moved(this.#place, dx, dy, this.#levels[0], this.#box));
  }

  /** From CSS pixels of the page to device pixels of the canvas. */
  point(event) {
    const frame = this.#canvas.getBoundingClientRect();
    return { x: (event.clientX - frame.left) * devicePixelRatio, y: (event.clientY - frame.top) * devicePixelRatio };
  }

  get #box() {
    return { width: this.#canvas.width, height: this.#canvas.height };
  }

  get #middle() {
    return { x: this.#canvas.width / 2, y: this.#canvas.height / 2 };
  }

  #put(place) {
    this.#place = place;
    this.#later();
  }

  #setWindow(window) {
    this.#window = window;
    this.#table = null;
    this.#later();
  }

  #resized() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#canvas.width = Math.max(1, Math.round(clientWidth * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(clientHeight * devicePixelRatio));
    if (this.#film) {
      if (this.#fits) this.#place = fitted(this.#levels[0], this.#box);
      else this.#place = moved(this.#place, 0, 0, this.#levels[0], this.#box);
    }
    this.#paint();
  }

  #later() {
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#screen.fillStyle = "#000";
    this.#screen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#film) {
      this.#paintFilm();
      this.dispatchEvent(new Event("painted"));
    }
  }

  #paintFilm() {
    const { centre, width, inverted } = this.#window;
    const level = this.#levels[levelFor(this.#levels, this.#place.scale)];
    this.#table ??= lookupTable(256 ** level.samples.BYTES_PER_ELEMENT, centre, width, inverted);
    const scale = (this.#place.scale * this.#levels[0].width) / level.width;
    const seen = visible(level, this.#place, scale, this.#box);
    if (seen.width <= 0 || seen.height <= 0) return;
    this.#windowInto(level, seen);
    this.#screen.imageSmoothingEnabled = scale !== 1;
    this.#screen.imageSmoothingQuality = "high";
    this.#screen.drawImage(
      this.#scratch, 0, 0, seen.width, seen.height,
      this.#place.x + seen.x * scale, this.#place.y + seen.y * scale, seen.width * scale, seen.height * scale,
    );
  }

  /** Only what is in sight is windowed. */
  #windowInto(level, seen) {
    this.#scratch.width = seen.width;
    this.#scratch.height = seen.height;
    const pixels = new Uint32Array(seen.width * seen.height);
    for (let y = 0, n = 0; y < seen.height; y++) {
      let at = (seen.y + y) * level.width + seen.x;
      for (const end = n + seen.width; n < end; ) pixels[n++] = this.#table[level.samples[at++]];
    }
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), seen.width, seen.height);
    this.#scratch.getContext("2d", { alpha: false }).putImageData(image, 0, 0);
  }
}

function visible(level, place, scale, box) {
  const x = Math.max(0, Math.floor(-place.x / scale) - 1);
  const y = Math.max(0, Math.floor(-place.y / scale) - 1);
  return {
    x,
    y,
    width: Math.min(level.width, Math.ceil((box.width - place.x) / scale) + 1) - x,
    height: Math.min(level.height, Math.ceil((box.height - place.y) / scale) + 1) - y,
  };
}
