// How far the list has come, and what the reader has read today and this week.

import { count } from "../formats.js";
import { _ } from "../texts.js";

/** Milliseconds after which a large list that was being counted is asked for again. */
const AGAIN = 3000;

export class Progress {
  #root;
  #worklist;
  /** As the server counted it when the page opened: the rest follows from each answer. */
  #counted = null;
  #first = null;
  #latest = null;

  constructor(root, worklist) {
    [this.#root, this.#worklist] = [root, worklist];
  }

  async load() {
    const response = await fetch(`/api/v1/worklists/${this.#worklist}/progress`).catch(() => null);
    if (!response?.ok) return;
    this.#counted = await response.json();
    this.#first = this.#latest;
    this.#show();
    if (this.#counted.total === null) setTimeout(() => this.load(), AGAIN);
  }

  /** @param {object} desk the server's answer to each request for the next film. */
  show(desk) {
    this.#latest = desk;
    this.#show();
  }

  #show() {
    if (!this.#latest) return;
    const { remaining, uncounted, filtered, read_today: today } = this.#latest;
    const left = { number: `${count(remaining)}${uncounted ? "+" : ""}` };
    this.#text("left", filtered ? _("{number} left of these", left) : _("{number} left", left));
    const made = this.#first ? today - this.#first.read_today : 0;
    this.#text("today", this.#counted
      ? _("{today} today, {week} this week", { today: count(today), week: count(this.#counted.week + made) })
      : _("{number} read today", { number: count(today) }));
    this.#showShare(uncounted || filtered ? this.#counted?.left - made : remaining);
  }

  #showShare(left) {
    const all = this.#counted?.total;
    const bar = this.#root.querySelector("#share");
    bar.parentElement.hidden = !all;
    if (!all) return;
    const made = Math.min(all, Math.max(0, all - left));
    bar.value = made / all;
    this.#text("percent", `${Math.floor((100 * made) / all)} %`);
  }

  #text(id, text) {
    this.#root.querySelector(`#${id}`).textContent = text;
  }
}
