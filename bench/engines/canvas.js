// The reading room's own viewer: a look-up table and a 2D canvas.

import { Viewer } from "/static/viewer/viewer.js";

export async function open(room, levels) {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "width: 100%; height: 100%";
  room.append(canvas);
  const viewer = new Viewer(canvas);
  const [{ width, height }] = levels;
  const description = { width, height, bits: 16, window_centre: 32768, window_width: 40000 };
  const screen = canvas.getContext("2d");
  // Reading a pixel back waits for everything drawn before it.
  const drawn = () => screen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  const painted = () => new Promise((resolve) => viewer.addEventListener("painted", resolve, { once: true }));
  let [centre, breadth] = [32768, 40000];
  return {
    async show() {
      const done = painted();
      viewer.show(description, levels);
      await done;
      drawn();
    },
    async window(level, window) {
      const done = painted();
      viewer.adjustWindow(((level - centre) * 500) / 40000, ((window - breadth) * 500) / 40000);
      [centre, breadth] = [level, window];
      await done;
      drawn();
    },
    spread: () => new Set(screen.getImageData(0, canvas.height / 2, canvas.width, 1).data).size,
  };
}
