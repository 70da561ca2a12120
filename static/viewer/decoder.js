// A worker: fetches and decodes films beside the page, so that no drag stutters meanwhile.

import { decodePng } from "./png.js";
import { buildPyramid } from "./pyramid.js";

addEventListener("message", async ({ data: { number, url } }) => {
  try {
    const response = await fetch(url);
    if (!response.ok) throw Object.assign(new Error("refused"), { status: response.status });
    const levels = buildPyramid(await decodePng(await response.arrayBuffer()));
    postMessage({ number, levels }, levels.map((level) => level.samples.buffer));
  } catch (error) {
    postMessage({ number, failure: { status: error.status ?? 0, text: error.message } });
  }
});
