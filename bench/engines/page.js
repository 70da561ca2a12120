// Measures one engine on one film: `page.html?engine=canvas&width=800&height=1000`.

import { buildPyramid } from "/static/viewer/pyramid.js";

const FRAMES = 60;
const COLUMNS = 2000;
const ROWS = 2500;

/** 16 bits a pixel: a smooth field with noise, so that nothing compresses or repeats. */
function film() {
  const samples = new Uint16Array(ROWS * COLUMNS);
  let seed = 1;
  for (let y = 0, n = 0; y < ROWS; y++) {
    for (let x = 0; x < COLUMNS; x++, n++) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      samples[n] = 32768 + 24000 * Math.sin(x / 300) * Math.cos(y / 400) + (seed >>> 22);
    }
  }
  return { width: COLUMNS, height: ROWS, samples };
}

async function measure() {
  const asked = new URLSearchParams(location.search);
  const { open } = await import(`./${asked.get("engine")}.js`);
  const room = document.querySelector("#room");
  Object.assign(room.style, { width: `${asked.get("width")}px`, height: `${asked.get("height")}px` });
  const levels = buildPyramid(film());
  const startedAt = performance.now();
  const engine = await open(room, levels, asked.has("cpu"));
  const readyAt = performance.now();
  await engine.show();
  const first = performance.now() - readyAt;
  const second = performance.now();
  await engine.show();
  const again = performance.now() - second;
  const redraws = [];
  for (let n = 0; n < FRAMES; n++) {
    const from = performance.now();
    await engine.window(32768 + 100 * n, 40000 - 200 * n);
    redraws.push(performance.now() - from);
    await new Promise(requestAnimationFrame);
  }
  return { start: readyAt - startedAt, first, again, redraws, spread: engine.spread() };
}

window.result = measure();
