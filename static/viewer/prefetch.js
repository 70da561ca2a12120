// Films by address: fetched and decoded once, ahead of their turn, and let go when they are over.

export class Films {
  #decoder = new Worker(new URL("./decoder.js", import.meta.url), { type: "module" });
  #films = new Map();
  #waiting = new Map();

  constructor() {
    this.#decoder.addEventListener("message", ({ data }) => this.#arrived(data));
  }

  /** @returns {Promise<Array<{width: number, height: number, samples: Uint8Array|Uint16Array}>>} */
  get(url) {
    if (!this.#films.has(url)) this.#films.set(url, this.#load(url));
    return this.#films.get(url);
  }

  /** Keep these films, in the order they will be wanted, and forget all others. */
  keep(urls) {
    const wanted = new Set(urls);
    for (const url of this.#films.keys()) if (!wanted.has(url)) this.#films.delete(url);
    for (const url of urls) this.get(url).catch(() => {});
  }

  #load(url) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(url, { resolve, reject });
      this.#decoder.postMessage(url);
    });
  }

  #arrived({ url, levels, failure }) {
    const { resolve, reject } = this.#waiting.get(url);
    this.#waiting.delete(url);
    if (levels) return resolve(levels);
    this.#films.delete(url);
    reject(Object.assign(new Error(failure.text), { status: failure.status }));
  }
}
