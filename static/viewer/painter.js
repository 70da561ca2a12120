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
  #windowed = null;

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
    const part = this.#window(level, seen, window);
    const [across, down] = [levels[0].width / level.width, levels[0].height / level.height];
    screen.setTransform(matrix);
    screen.scale(across, down);
    screen.imageSmoothingEnabled = scale * across !== 1;
    // Levels are at most halved on the screen, where bilinear sampling leaves nothing out.
    screen.imageSmoothingQuality = "low";
    screen.drawImage(this.#scratch, 0, 0, part.width, part.height, part.x, part.y, part.width, part.height);
    screen.resetTransform();
    return number !== fine;
  }

  /** Window what is in sight, unless the scratch canvas holds it already. */
  #window(level, seen, { centre, width, inverted }) {
    const size = 256 ** level.samples.BYTES_PER_ELEMENT;
    const tableOf = [size, centre, width, inverted].join();
    const same = tableOf === this.#tableOf && this.#windowed?.level === level;
    if (same && holds(this.#windowed.part, seen)) return this.#windowed.part;
    if (tableOf !== this.#tableOf) this.#table = lookupTable(size, centre, width, inverted);
    this.#tableOf = tableOf;
    if (this.#scratch.width < seen.width) this.#scratch.width = seen.width;
    if (this.#scratch.height < seen.height) this.#scratch.height = seen.height;
    this.#pen.putImageData(windowed(level, seen, this.#table), 0, 0);
    this.#windowed = { level, part: seen };
    return seen;
  }
}

function windowed({ width, samples }, seen, table) {
  const image = new ImageData(seen.width, seen.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0, n = 0; y < seen.height; y++) {
    let at = (seen.y + y) * width + seen.x;
    for (const end = n + seen.width; n < end; ) pixels[n++] = table[samples[at++]];
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
