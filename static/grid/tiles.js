// The films of one page as buttons: one of them in hand, moved by arrow keys or the mouse.

import { nameOf } from "../desk/views.js";
import { _ } from "../texts.js";

export class Tiles extends EventTarget {
  #room;
  #tiles = [];
  #seen = new WeakSet();
  #watch;
  #clicked = null;

  /** Says `current` when another tile is in hand, `seen` when one was looked at, `broken` where one
   *  cannot be shown, `toggled` on a click. */
  constructor(room) {
    super();
    this.#room = room;
    this.#watch = new IntersectionObserver((entries) => this.#cameIntoSight(entries), { root: room, threshold: 0.5 });
    room.addEventListener("focusin", ({ target }) => this.#take(target.closest(".tile")));
    room.addEventListener("pointermove", ({ target }) => this.focus(target.closest(".tile")));
    room.addEventListener("click", ({ target, detail }) => this.#clickedOn(target.closest(".tile"), detail));
  }

  draw(tiles) {
    this.#watch.disconnect();
    this.#tiles = tiles.map((tile, place) => this.#button(tile, place, tiles.length));
    this.#room.replaceChildren(...this.#tiles);
    this.#room.scrollTop = 0;
    for (const button of this.#tiles) this.#watch.observe(button);
    if (this.#tiles.length) this.focus(this.#tiles[0]);
  }

  get current() {
    return this.#tiles.find((button) => button.tabIndex === 0) ?? null;
  }

  get unseen() {
    return this.#tiles.filter((button) => !this.#seen.has(button));
  }

  focus(button) {
    if (!button || button === document.activeElement) return;
    button.focus({ preventScroll: true });
  }

  /** Move by tiles (left, right) or by rows (up, down), and bring the tile into sight. */
  move(across, down) {
    const columns = getComputedStyle(this.#room).gridTemplateColumns.split(" ").length;
    const at = this.#tiles.indexOf(this.current);
    const to = at + across + down * columns;
    if (at < 0 || to < 0 || to >= this.#tiles.length) return;
    this.#show(this.#tiles[to], "nearest");
  }

  /** Go on to the first tile that was not in sight yet. */
  showUnseen() {
    const next = this.unseen[0];
    if (next) this.#show(next, "start");
  }

  mark(button, text) {
    button.setAttribute("aria-pressed", Boolean(text));
    button.querySelector(".flag").textContent = text;
    button.setAttribute("aria-label", [button.dataset.label, text].filter(Boolean).join(", "));
  }

  button(id) {
    return this.#tiles.find((button) => button.dataset.id === String(id));
  }

  #show(button, block) {
    button.scrollIntoView({ block });
    this.focus(button);
  }

  /** The second click of a double click would take the mark away again; it counts where the first
   *  fell beside the film, which may have moved meanwhile. */
  #clickedOn(button, clicks) {
    const again = clicks > 1 && button === this.#clicked;
    this.#clicked = button;
    if (button && !again) this.#say("toggled");
  }

  #take(button) {
    if (!button) return;
    for (const other of this.#tiles) other.tabIndex = other === button ? 0 : -1;
    this.#say("current");
  }

  #cameIntoSight(entries) {
    for (const { isIntersecting, target } of entries) {
      const film = target.querySelector("img");
      if (!isIntersecting || this.#seen.has(target)) continue;
      // In sight is not seen: the film must be there.
      film.decode().then(() => this.#sawIfStillThere(target), () => this.#broke(target));
    }
  }

  #sawIfStillThere(button) {
    this.#seen.add(button);
    this.#say("seen");
  }

  #broke(button) {
    this.#seen.add(button);
    this.dispatchEvent(new CustomEvent("broken", { detail: button }));
  }

  #button(tile, place, count) {
    const button = document.createElement("button");
    const film = document.createElement("img");
    const flag = document.createElement("span");
    const label = _("{place} of {count}, {name}, {share} %",
      { place: place + 1, count, name: nameOf(tile), share: Math.round(100 * tile.confidence) });
    Object.assign(button, { type: "button", className: "tile", tabIndex: place === 0 ? 0 : -1 });
    Object.assign(button.dataset, { id: tile.pseudo_label_id, label });
    Object.assign(film, { loading: "lazy", alt: "", width: tile.width, height: tile.height, src: tile.thumbnail });
    flag.className = "flag";
    button.append(film, flag);
    this.mark(button, "");
    return button;
  }

  #say(what) {
    this.dispatchEvent(new Event(what));
  }
}
