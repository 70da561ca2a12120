// The viewer's tools, each as a key, a button, and (in gestures.js) a movement of the mouse.

import { PRESETS } from "../viewer/presets.js";
import { _ } from "../texts.js";

const PAN = 60;
const ZOOM = 1.25;
const WINDOW = 15;
/** Milliseconds: a key let go sooner was a tap, and what it switched on stays. */
const TAP = 300;

/** @param {Stage} stage whose active film the tools act on. */
export function viewerCommands(stage) {
  const viewer = () => stage.active.viewer;
  const tool = (name, keys, act, repeats = false) => ({ group: _("Film"), name, keys, act, repeats });
  const pan = (x, y) => () => viewer().pan(x * PAN * devicePixelRatio, y * PAN * devicePixelRatio);
  return {
    fit: tool(_("Whole film"), ["f"], () => viewer().fit()),
    oneToOne: tool(_("One to one"), ["o"], () => viewer().oneToOne()),
    invert: tool(_("Invert"), ["i"], () => viewer().invert()),
    reset: tool(_("Reset"), ["r"], () => viewer().reset()),
    closer: tool(_("Zoom in"), ["+", "=", "PageUp"], () => viewer().zoom(ZOOM), true),
    farther: tool(_("Zoom out"), ["-", "PageDown"], () => viewer().zoom(1 / ZOOM), true),
    brighter: tool(_("Brighter"), ["Shift+ArrowUp"], () => viewer().adjustWindow(-WINDOW, 0), true),
    darker: tool(_("Darker"), ["Shift+ArrowDown"], () => viewer().adjustWindow(WINDOW, 0), true),
    harder: tool(_("More contrast"), ["Shift+ArrowRight"], () => viewer().adjustWindow(0, -WINDOW), true),
    softer: tool(_("Less contrast"), ["Shift+ArrowLeft"], () => viewer().adjustWindow(0, WINDOW), true),
    left: tool(_("Move the film left"), ["ArrowLeft"], pan(-1, 0), true),
    right: tool(_("Move the film right"), ["ArrowRight"], pan(1, 0), true),
    up: tool(_("Move the film up"), ["ArrowUp"], pan(0, -1), true),
    down: tool(_("Move the film down"), ["ArrowDown"], pan(0, 1), true),
    turnLeft: tool(_("Turn left"), [","], () => viewer().turn(-1)),
    turnRight: tool(_("Turn right"), ["."], () => viewer().turn(1)),
    mirror: tool(_("Mirror"), ["m"], () => viewer().mirror()),
    keepWindow: tool(_("Keep the window for the next films"), ["Shift+w"], () => stage.toggleKeepWindow()),
    ...measuring(stage),
    ...presets(viewer),
    compare: { ...tool(_("Other films of the patient beside"), ["c"], () => stage.toggleComparison()), group: _("Compare") },
    synchronise: { ...tool(_("Move and window them together"), ["t"], () => stage.toggleSynchronised()), group: _("Compare") },
  };
}

function measuring(stage) {
  const of = (name, keys, act) => ({ group: _("Measure"), name, keys, act });
  const glass = () => stage.active.magnifier;
  const measures = () => stage.active.measures;
  const draw = (kind) => () => (measures().kind = measures().kind === kind ? null : kind);
  const toggle = () => (glass().on ? glass().hide() : glass().show());
  let pressed = null;
  return {
    magnify: {
      ...of(_("Magnifier: hold, or tap to keep it"), ["z"], (event) => {
        pressed = event && !glass().on ? performance.now() : null;
        toggle();
      }),
      release() {
        if (pressed !== null && performance.now() - pressed > TAP) glass().hide();
        pressed = null;
      },
    },
    measure: of(_("Length: two clicks"), ["l"], draw("length")),
    measureAngle: of(_("Angle: three clicks"), ["Shift+a"], draw("angle")),
    measureArrow: of(_("Arrow"), ["Shift+p"], draw("arrow")),
    measureBox: of(_("Box: two corners"), ["Shift+b"], draw("box")),
    measureMiddle: of(_("Place a length for the arrow keys"), ["Shift+l"], () => measures().addInTheMiddle("length")),
    angleMiddle: of(_("Place an angle for the arrow keys"), ["Shift+g"], () => measures().addInTheMiddle("angle")),
    arrowMiddle: of(_("Place an arrow for the arrow keys"), ["Shift+o"], () => measures().addInTheMiddle("arrow")),
    boxMiddle: of(_("Place a box for the arrow keys"), ["Shift+x"], () => measures().addInTheMiddle("box")),
    unmeasure: of(_("Remove all that is drawn on this film"), ["Delete"], () => measures().clear()),
    leave: of(_("Stop measuring and magnifying"), ["Escape"], () => {
      measures().kind = null;
      glass().hide();
    }),
  };
}

function presets(viewer) {
  const entries = PRESETS.map((preset, number) => [preset.id, {
    group: _("Window"), name: preset.name, keys: [`Shift+${number + 1}`], act: () => viewer().usePreset(preset),
  }]);
  return Object.fromEntries(entries);
}
