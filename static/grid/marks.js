// What the reader marked on a page of the grid: kept in the browser's session storage, so that a
// reload or an ended log-in loses no mark.

const KEPT = "condyle grid marks";

export class Marks {
  #reader;
  #classId;
  #marks = new Map();

  constructor(reader, classId) {
    [this.#reader, this.#classId] = [reader, classId];
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    if (kept?.reader === reader && kept.classId === classId) this.#marks = new Map(kept.marks);
  }

  /** The mark of a pseudo-label, or undefined: { decision, class_id }. */
  get(id) {
    return this.#marks.get(id);
  }

  set(id, mark) {
    if (mark) this.#marks.set(id, mark);
    else this.#marks.delete(id);
    this.#keep();
  }

  /** Keep only the marks of what is on the page now. */
  restrictTo(ids) {
    const shown = new Set(ids);
    for (const id of this.#marks.keys()) if (!shown.has(id)) this.#marks.delete(id);
    this.#keep();
  }

  #keep() {
    keep(this.#reader, this.#classId, [...this.#marks]);
  }
}

/** Leave marks for the page of another class. */
export function keep(reader, classId, marks) {
  sessionStorage.setItem(KEPT, JSON.stringify({ reader, classId, marks }));
}
