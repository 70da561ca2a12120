// The viewer's tools, each as a key, a button, and (in gestures.js) a movement of the mouse.

import { PRESETS } from "../viewer/window.js";

const PAN = 60;
const ZOOM = 1.25;
const WINDOW = 15;
/** Milliseconds: a key let go sooner was a tap, and what it switched on stays. */
const TAP = 300;

/** @param {Stage} stage whose active film the tools act on. */
export function viewerCommands(stage) {
  const viewer = () => stage.active.viewer;
  const tool = (name, keys, act, repeats = false) => ({ group: "Film", name, keys, act, repeats });
  const pan = (x, y) => () => viewer().pan(x * PAN * devicePixelRatio, y * PAN * devicePixelRatio);
  return {
    fit: tool("Whole film", ["f"], () => viewer().fit()),
    oneToOne: tool("One to one", ["o"], () => viewer().oneToOne()),
    invert: tool("Invert", ["i"], () => viewer().invert()),
    reset: tool("Reset", ["r"], () => viewer().reset()),
    closer: tool("Zoom in", ["+", "="], () => viewer().zoom(ZOOM), true),
    farther: tool("Zoom out", ["-"], () => viewer().zoom(1 / ZOOM), true),
    brighter: tool("Brighter", ["["], () => viewer().adjustWindow(-WINDOW, 0), true),
    darker: tool("Darker", ["]"], () => viewer().adjustWindow(WINDOW, 0), true),
    harder: tool("More contrast", ["}"], () => viewer().adjustWindow(0, -WINDOW), true),
    softer: tool("Less contrast", ["{"], () => viewer().adjustWindow(0, WINDOW), true),
    left: tool("Move the film left", ["ArrowLeft"], pan(-1, 0), true),
    right: tool("Move the film right", ["ArrowRight"], pan(1, 0), true),
    up: tool("Move the film up", ["ArrowUp"], pan(0, -1), true),
    down: tool("Move the film down", ["ArrowDown"], pan(0, 1), true),
    turnLeft: tool("Turn left", [","], () => viewer().turn(-1)),
    turnRight: tool("Turn right", ["."], () => viewer().turn(1)),
    mirror: tool("Mirror", ["m"], () => viewer().mirror()),
    ...measuring(stage),
    ...presets(viewer),
    compare: { ...tool("Other films of the patient beside", ["c"], () => stage.toggleComparison()), group: "Compare" },
    synchronise: { ...tool("Move and window them together", ["t"], () => stage.toggleSynchronised()), group: "Compare" },
  };
}

function measuring(stage) {
  const of = (name, keys, act) => ({ group: "Measure", name, keys, act });
  const glass = () => stage.active.magnifier;
  const lengths = () => stage.active.lengths;
  const toggle = () => (glass().on ? glass().hide() : glass().show());
  let pressed = null;
  return {
    magnify: {
      ...of("Magnifier: hold, or tap to keep it", ["z"], (event) => {
        pressed = event && !glass().on ? performance.now() : null;
        toggle();
      }),
      release() {
        if (pressed !== null && performance.now() - pressed > TAP) glass().hide();
        pressed = null;
      },
    },
    measure: of("Length between two clicks", ["l"], () => (lengths().on = !lengths().on)),
    measureMiddle: of("Length in the middle, for the arrow keys", [";"], () => lengths().addInTheMiddle()),
    unmeasure: of("Remove all lengths", ["Delete"], () => lengths().clear()),
    leave: of("Leave length and magnifier", ["Escape"], () => {
      lengths().on = false;
      glass().hide();
    }),
  };
}

function presets(viewer) {
  const entries = PRESETS.map((preset, number) => [preset.id, {
    group: "Window", name: preset.name, keys: [`Shift+${number + 1}`], act: () => viewer().usePreset(preset),
  }]);
  return Object.fromEntries(entries);
}
