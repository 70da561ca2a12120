// The mouse as radiology viewers have it, and fingers.
//
// Left drag, or one finger: window (across) and level (down is darker). Middle drag, or left with shift
// or space: pan. Right drag and wheel: zoom. Double click: fit or one to one. Two fingers: zoom and pan.

/** `measures` takes the left button while the reader draws. */
export function attachGestures(canvas, viewer, measures) {
  let space = false;
  let drag = null;
  const fingers = new Map();

  addEventListener("keydown", (event) => (space ||= event.code === "Space"));
  addEventListener("keyup", (event) => (space &&= event.code !== "Space"));
  addEventListener("blur", () => (space = false));

  canvas.addEventListener("pointerdown", (event) => {
    // The middle button would otherwise scroll the page.
    event.preventDefault();
    if (event.pointerType === "touch") fingers.set(event.pointerId, event);
    if (fingers.size > 1) {
      drag = null;
      measures.giveUp();
      return;
    }
    if (isPlain(event, space) && measures.take(event)) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { act: actionOf(event, space), x: event.clientX, y: event.clientY, point: viewer.point(event) };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (fingers.size === 2 && fingers.has(event.pointerId)) return pinch(event);
    if (!drag) return;
    drag.act(viewer, event.clientX - drag.x, event.clientY - drag.y, drag.point);
    Object.assign(drag, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, ({ pointerId }) => {
      drag = null;
      fingers.delete(pointerId);
    });
  }

  /** What lay between the fingers stays between them. */
  function pinch(event) {
    const before = between([...fingers.values()]);
    fingers.set(event.pointerId, event);
    const now = between([...fingers.values()]);
    viewer.pan((now.clientX - before.clientX) * devicePixelRatio, (now.clientY - before.clientY) * devicePixelRatio);
    if (before.apart > 0) viewer.zoom(now.apart / before.apart, viewer.point(now));
  }

  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", (event) => measures.kind || viewer.toggleFit(viewer.point(event)));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    viewer.zoom(Math.exp(-wheelPixels(event) / 500), viewer.point(event));
  }, { passive: false });
}

/** The middle between two fingers, and how far apart they are, in CSS pixels. */
function between([one, other]) {
  return {
    clientX: (one.clientX + other.clientX) / 2,
    clientY: (one.clientY + other.clientY) / 2,
    apart: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY),
  };
}

function isPlain(event, space) {
  return event.button === 0 && !event.shiftKey && !space;
}

function actionOf(event, space) {
  if (event.button === 2) return (viewer, dx, dy, point) => viewer.zoom(Math.exp(-dy / 150), point);
  if (!isPlain(event, space)) {
    return (viewer, dx, dy) => viewer.pan(dx * devicePixelRatio, dy * devicePixelRatio);
  }
  return (viewer, dx, dy) => viewer.adjustWindow(dy, dx);
}

function wheelPixels({ deltaY, deltaMode }) {
  return deltaY * [1, 16, 400][deltaMode];
}
