// Where a film lies on the canvas, in device pixels: a scale and the film's upper left corner.

const MOST = 16;

export function fitted(film, box) {
  const scale = Math.min(box.width / film.width, box.height / film.height);
  return {
    scale,
    x: Math.round((box.width - film.width * scale) / 2),
    y: Math.round((box.height - film.height * scale) / 2),
  };
}

/** The same film point stays under `point`. */
export function zoomed(place, factor, point, least) {
  const scale = Math.min(MOST, Math.max(least, place.scale * factor));
  const grown = scale / place.scale;
  return { scale, x: point.x - (point.x - place.x) * grown, y: point.y - (point.y - place.y) * grown };
}

/** At least a quarter of the canvas, or the whole film where it is smaller, stays in sight. */
export function moved(place, dx, dy, film, box) {
  const keep = (at, size, room) => {
    const seen = Math.min(room / 4, size);
    return Math.min(room - seen, Math.max(seen - size, at));
  };
  return {
    scale: place.scale,
    x: keep(place.x + dx, film.width * place.scale, box.width),
    y: keep(place.y + dy, film.height * place.scale, box.height),
  };
}
