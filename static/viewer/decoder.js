// A worker: fetches, decodes and windows films beside the page, so that no drag stutters meanwhile.

import { windowed } from "./painter.js";
import { decodePng } from "./png.js";
import { buildPyramid, levelFor } from "./pyramid.js";
import { lookupTable } from "./window.js";

addEventListener("message", async ({ data: { number, url, first } }) => {
  try {
    const response = await fetch(url);
    if (!response.ok) throw Object.assign(new Error("refused"), { status: response.status });
    const levels = buildPyramid(await decodePng(await response.arrayBuffer()));
    const painted = first && (await paint(levels, first));
    const buffers = levels.map((level) => level.samples.buffer);
    postMessage({ number, levels, painted }, painted ? [...buffers, painted.picture] : buffers);
  } catch (error) {
    postMessage({ number, failure: { status: error.status ?? 0, text: error.message } });
  }
});

/** The level that will be shown first, as the reader will see it first. */
async function paint(levels, { scale, window }) {
  const number = levelFor(levels, scale);
  const level = levels[number];
  const table = lookupTable(256 ** level.samples.BYTES_PER_ELEMENT, window.centre, window.width, window.inverted);
  const whole = { x: 0, y: 0, width: level.width, height: level.height };
  return { number, window, picture: await createImageBitmap(windowed(level, whole, table)) };
}
