// The mouse as radiology viewers have it.
//
// Left drag: window (across) and level (down is darker). Middle drag, or left with shift or space:
// pan. Right drag and wheel: zoom. Double click: fit or one to one.

/** `lengths` takes the left button while the reader measures. */
export function attachGestures(canvas, viewer, lengths) {
  let space = false;
  let drag = null;

  addEventListener("keydown", (event) => (space ||= event.code === "Space"));
  addEventListener("keyup", (event) => (space &&= event.code !== "Space"));
  addEventListener("blur", () => (space = false));

  canvas.addEventListener("pointerdown", (event) => {
    // The middle button would otherwise scroll the page.
    event.preventDefault();
    if (isPlain(event, space) && lengths.take(event)) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { act: actionOf(event, space), x: event.clientX, y: event.clientY, point: viewer.point(event) };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.act(viewer, event.clientX - drag.x, event.clientY - drag.y, drag.point);
    Object.assign(drag, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drag = null));

  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", (event) => lengths.on || viewer.toggleFit(viewer.point(event)));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    viewer.zoom(Math.exp(-wheelPixels(event) / 500), viewer.point(event));
  }, { passive: false });
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
