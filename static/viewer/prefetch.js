// Films by address: fetched and decoded once, ahead of their turn, and let go when they are over.

import { sendJson } from "../api.js";

/** Downloads and decodings under way ahead of their turn: one of each. */
const AT_ONCE = 2;

/** Pixels that no reader has needed yet are made by a worker, which is asked and waited for. */
export const NOT_MADE = 503;
const PATIENCE = 60_000;
const PAUSE = 400;
const ASK_AGAIN = 10_000;

/** Films shown before the present one that are kept, for an undo. */
const BEHIND = 2;

export class Films {
  #ahead;
  #urgent;
  #films = new Map();
  #queue = [];
  #running = 0;
  #shown = [];

  /** @param {Decoder} ahead for films ahead of their turn; @param {Decoder} urgent for those wanted now. */
  constructor(ahead, urgent) {
    [this.#ahead, this.#urgent] = [ahead, urgent];
  }

  /**
   * A film wanted now: it passes those fetched ahead.
   * @returns {Promise<Array<{width: number, height: number, samples: Uint8Array|Uint16Array}>>} its
   *   levels, the full size first; with `painted` where it was windowed ahead.
   */
  get(url) {
    const film = this.#film(url);
    if (!film.started) this.#start(film, this.#urgent);
    return film.levels;
  }

  /** The levels of a film that is decoded already, or null. */
  ready(url) {
    return this.#films.get(url)?.decoded ?? null;
  }

  /**
   * Keep these films, in the order they will be wanted, and what was shown last; forget all others.
   * @param {Array<{url: string, first?: object}>} wanted `first` is how the film will be shown first,
   *   see `Viewer.firstPaint`: then it is windowed ahead too.
   */
  keep(wanted) {
    const urls = wanted.map(({ url }) => url);
    this.#shown = [urls[0], ...this.#shown.filter((url) => url !== urls[0])].slice(0, 1 + BEHIND);
    const kept = new Set([...urls, ...this.#shown]);
    for (const url of this.#films.keys()) if (!kept.has(url)) this.#films.delete(url);
    for (const { url, first } of wanted) this.#film(url).first = first;
    this.#queue = urls.map((url) => this.#film(url)).filter((film) => !film.started);
    this.#work();
  }

  #film(url) {
    if (!this.#films.has(url)) this.#films.set(url, new Film(url));
    return this.#films.get(url);
  }

  #work() {
    while (this.#running < AT_ONCE && this.#queue.length) {
      const film = this.#queue.shift();
      if (film.started) continue;
      this.#running++;
      this.#start(film, this.#ahead).finally(() => {
        this.#running--;
        this.#work();
      });
    }
  }

  async #start(film, decoder) {
    film.started = true;
    try {
      film.decoded = await patiently(film, () => decoder.decode(film));
      performance.mark("film decoded", { detail: film.url });
      film.resolve(film.decoded);
    } catch (error) {
      // Asked for again when it is wanted again.
      if (this.#films.get(film.url) === film) this.#films.delete(film.url);
      film.reject(error);
    }
  }
}

/** What `decode` gives, once the pixels of the film are made; for a minute at most. */
async function patiently(film, decode) {
  const began = performance.now();
  for (let asked = -Infinity; ; ) {
    try {
      return await decode();
    } catch (refusal) {
      if (refusal.status !== NOT_MADE || performance.now() - began > PATIENCE) throw refusal;
    }
    if (performance.now() - asked > ASK_AGAIN) {
      asked = performance.now();
      await sendJson("POST", film.url);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

class Film {
  started = false;
  decoded = null;
  first = null;

  constructor(url) {
    this.url = url;
    this.levels = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    // A film fetched ahead in vain is no error until somebody wants it.
    this.levels.catch(() => {});
  }
}

/** A worker beside the page. */
export class Decoder {
  #worker = new Worker(new URL("./decoder.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #asked = 0;

  constructor() {
    this.#worker.addEventListener("message", ({ data }) => this.#arrived(data));
  }

  decode({ url, first }) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(++this.#asked, { resolve, reject });
      this.#worker.postMessage({ number: this.#asked, url, first });
    });
  }

  #arrived({ number, levels, painted, failure }) {
    const { resolve, reject } = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (levels) resolve(Object.assign(levels, { painted }));
    else reject(Object.assign(new Error(failure.text), { status: failure.status }));
  }
}
