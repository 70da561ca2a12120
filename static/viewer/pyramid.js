// A film at full, half, quarter ... size. Averaging before windowing is what a detector with
// larger pixels would do, and leaves few pixels to window while the reader drags.

const SMALLEST = 256;

export function buildPyramid(film) {
  const levels = [film];
  while (Math.min(levels.at(-1).width, levels.at(-1).height) >= 2 * SMALLEST) levels.push(half(levels.at(-1)));
  return levels;
}

/** The smallest level that still has a pixel for each pixel shown at this scale. */
export function levelFor(levels, scale) {
  return Math.min(levels.length - 1, Math.max(0, Math.floor(Math.log2(1 / scale) + 1e-9)));
}

function half({ width, height, samples }) {
  const [w, h] = [width >> 1, height >> 1];
  const out = new samples.constructor(w * h);
  for (let y = 0, n = 0; y < h; y++) {
    for (let x = 0, at = 2 * y * width; x < w; x++, at += 2) {
      out[n++] = (samples[at] + samples[at + 1] + samples[at + width] + samples[at + width + 1] + 2) >> 2;
    }
  }
  return { width: w, height: h, samples: out };
}
