// The viewer's tools, each as a key, a button, and (in gestures.js) a movement of the mouse.

const PAN = 60;
const ZOOM = 1.25;
const WINDOW = 15;

export function viewerCommands(viewer) {
  const tool = (name, keys, act, repeats = true) => ({ group: "Film", name, keys, act, repeats });
  const pan = (x, y) => () => viewer.pan(x * PAN * devicePixelRatio, y * PAN * devicePixelRatio);
  return {
    fit: tool("Whole film", ["f"], () => viewer.fit(), false),
    oneToOne: tool("One to one", ["o"], () => viewer.oneToOne(), false),
    invert: tool("Invert", ["i"], () => viewer.invert(), false),
    reset: tool("Reset", ["r"], () => viewer.reset(), false),
    closer: tool("Zoom in", ["+", "="], () => viewer.zoom(ZOOM)),
    farther: tool("Zoom out", ["-"], () => viewer.zoom(1 / ZOOM)),
    brighter: tool("Brighter", ["["], () => viewer.adjustWindow(-WINDOW, 0)),
    darker: tool("Darker", ["]"], () => viewer.adjustWindow(WINDOW, 0)),
    harder: tool("More contrast", ["}"], () => viewer.adjustWindow(0, -WINDOW)),
    softer: tool("Less contrast", ["{"], () => viewer.adjustWindow(0, WINDOW)),
    left: tool("Move the film", ["ArrowLeft"], pan(-1, 0)),
    right: tool("Move the film", ["ArrowRight"], pan(1, 0)),
    up: tool("Move the film", ["ArrowUp"], pan(0, -1)),
    down: tool("Move the film", ["ArrowDown"], pan(0, 1)),
  };
}
