// The mouse as radiology viewers have it.
//
// Left drag: window (across) and level (down is darker). Middle drag, or left with shift or space:
// pan. Right drag and wheel: zoom. Double click: fit or one to one.

export function attachGestures(canvas, viewer) {
  let space = false;
  let drag = null;

  addEventListener("keydown", (event) => (space ||= event.code === "Space"));
  addEventListener("keyup", (event) => (space &&= event.code !== "Space"));
  addEventListener("blur", () => (space = false));

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { act: actionOf(event, space), x: event.clientX, y: event.clientY, point: viewer.point(event) };
    // The middle button would otherwise scroll the page.
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.act(viewer, event.clientX - drag.x, event.clientY - drag.y, drag.point);
    Object.assign(drag, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (drag = null));

  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", (event) => viewer.toggleFit(viewer.point(event)));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    viewer.zoom(Math.exp(-wheelPixels(event) / 500), viewer.point(event));
  }, { passive: false });
}

function actionOf(event, space) {
  if (event.button === 2) return (viewer, dx, dy, point) => viewer.zoom(Math.exp(-dy / 150), point);
  if (event.button === 1 || event.shiftKey || space) {
    return (viewer, dx, dy) => viewer.pan(dx * devicePixelRatio, dy * devicePixelRatio);
  }
  return (viewer, dx, dy) => viewer.adjustWindow(dy, dx);
}

function wheelPixels({ deltaY, deltaMode }) {
  return deltaY * [1, 16, 400][deltaMode];
}
