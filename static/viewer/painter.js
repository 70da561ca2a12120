// Paints a film's levels through a window. What was windowed is kept: moving and zooming reuse it.

import { levelFor } from "./pyramid.js";
import { lookupTable } from "./window.js";

/** While the reader drags, a coarser level is painted where more pixels than this are in sight. */
const BUSY_PIXELS = 1_500_000;

export class Painter {
  #scratch = new OffscreenCanvas(1, 1);
  #pen = this.#scratch.getContext("2d", { alpha: false });
  #table = null;
  #tableOf = "";
  /** What is windowed already: part of a level through a window, and the picture of it. */
  #windowed = null;

  /** Take a level that was windowed beside the page; see decoder.js. */
  take(levels, { number, window, picture }) {
    const level = levels[number];
    const part = { x: 0, y: 0, width: level.width, height: level.height };
    this.#windowed = { level, part, picture, through: through(level, window) };
  }

  /**
   * @param {CanvasRenderingContext2D} screen whose canvas is black where the film is not.
   * @param {{levels: Array, window: {centre: number, width: number, inverted: boolean}}} film the
   *   window in terms of the levels' samples.
   * @param {DOMMatrix} matrix from pixels of the first level to pixels of the canvas.
   * @param {boolean} moving the next paint follows at once: be quick.
   * @returns {boolean} whether a finer paint is worth while once nothing moves.
   */
  paint(screen, { levels, window }, matrix, moving) {
    const scale = Math.hypot(matrix.a, matrix.b);
    const fine = levelFor(levels, scale);
    let number = fine;
    let seen = visible(levels, number, matrix, screen.canvas);
    while (moving && seen.width * seen.height > BUSY_PIXELS && number + 1 < levels.length) {
      seen = visible(levels, ++number, matrix, screen.canvas);
    }
    if (seen.width <= 0 || seen.height <= 0) return false;
    const level = levels[number];
    const { part, picture } = this.#window(level, seen, window);
    const [across, down] = [levels[0].width / level.width, levels[0].height / level.height];
    screen.setTransform(matrix);
    screen.scale(across, down);
    screen.imageSmoothingEnabled = scale * across !== 1;
    // Levels are at most halved on the screen, where bilinear sampling leaves nothing out.
    screen.imageSmoothingQuality = "low";
    screen.drawImage(picture, 0, 0, part.width, part.height, part.x, part.y, part.width, part.height);
    screen.resetTransform();
    return number !== fine;
  }

  /** Window what is in sight, unless that is done already. */
  #window(level, seen, window) {
    const wanted = through(level, window);
    const done = this.#windowed;
    if (done?.level === level && done.through === wanted && holds(done.part, seen)) return done;
    if (this.#tableOf !== wanted) {
      this.#table = lookupTable(sizeOf(level), window.centre, window.width, window.inverted);
      this.#tableOf = wanted;
    }
    if (this.#scratch.width < seen.width) this.#scratch.width = seen.width;
    if (this.#scratch.height < seen.height) this.#scratch.height = seen.height;
    this.#pen.putImageData(windowed(level, seen, this.#table), 0, 0);
    this.#windowed = { level, part: seen, picture: this.#scratch, through: wanted };
    return this.#windowed;
  }
}

function sizeOf({ samples }) {
  return 256 ** samples.BYTES_PER_ELEMENT;
}

function through(level, { centre, width, inverted }) {
  return [sizeOf(level), centre, width, inverted].join();
}

/** A part of a level as opaque canvas pixels. */
export function windowed({ width, samples }, part, table) {
  const image = new ImageData(part.width, part.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0, n = 0; y < part.height; y++) {
    let at = (part.y + y) * width + part.x;
    for (const end = n + part.width; n < end; ) pixels[n++] = table[samples[at++]];
  }
  return image;
}

function holds(part, seen) {
  return part.x <= seen.x && part.y <= seen.y
    && part.x + part.width >= seen.x + seen.width && part.y + part.height >= seen.y + seen.height;
}

/** The part of a level that is on the canvas, with a pixel to spare for the smoothing. */
function visible(levels, number, matrix, { width, height }) {
  const level = levels[number];
  const back = matrix.inverse();
  const corners = [[0, 0], [width, 0], [0, height], [width, height]]
    .map(([x, y]) => back.transformPoint({ x, y }));
  const range = (of, most, whole) => {
    const values = corners.map((corner) => (corner[of] * most) / whole);
    const from = Math.max(0, Math.floor(Math.min(...values)) - 1);
    return [from, Math.min(most, Math.ceil(Math.max(...values)) + 1) - from];
  };
  const [x, across] = range("x", level.width, levels[0].width);
  const [y, down] = range("y", level.height, levels[0].height);
  return { x, y, width: across, height: down };
}
