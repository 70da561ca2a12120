// What the reader decided, kept until the server has answered: over a lost connection, and in the
// browser's session storage over an ended log-in. Each decision carries its own key, so that one
// that is sent twice counts once.

import { _ } from "../texts.js";

const KEPT = "condyle decision";
const RELOADED = "condyle-reloaded";
const LONGEST_PAUSE = 8000;

export class Refusal extends Error {
  /** What the reader had typed with the decision that was refused. */
  note = "";

  constructor(status, { what, do: advice } = {}) {
    super(what ?? _("The server refused this."));
    this.status = status;
    this.advice = advice ?? "";
  }
}

export class Outbox extends EventTarget {
  #reader;
  #token = document.querySelector("meta[name=csrf-token]").content;

  constructor(reader) {
    super();
    this.#reader = reader;
  }

  /** Post a decision and return the answer, however long the connection is away. */
  async post(path, body) {
    const kept = { reader: this.#reader, page: location.pathname, path, body };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
    return this.#deliver(kept);
  }

  /** Post what an earlier page left behind; null where nothing was. */
  async resume() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    if (!kept) return null;
    if (kept.reader !== this.#reader || kept.page !== location.pathname) {
      sessionStorage.removeItem(KEPT);
      return null;
    }
    return this.#deliver(kept);
  }

  /** Ask for films: who asks twice is given the same ones, so nothing is kept. */
  ask(path) {
    return this.#send(path, {});
  }

  async #deliver({ path, body }) {
    try {
      const answer = await this.#send(path, body);
      sessionStorage.removeItem(KEPT);
      return answer;
    } catch (refusal) {
      if (refusal.status !== 401) sessionStorage.removeItem(KEPT);
      refusal.note = body.note?.trim() ?? "";
      throw refusal;
    }
  }

  /** Where somebody logged in again in another tab, a fresh page holds the new log-in's token. */
  async #send(path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.#token };
    try {
      const answer = await this.#insist(path, { method: "POST", headers, body: JSON.stringify(body) });
      sessionStorage.removeItem(RELOADED);
      return answer;
    } catch (refusal) {
      if (refusal.status !== 403 || sessionStorage.getItem(RELOADED)) throw refusal;
      sessionStorage.setItem(RELOADED, "once");
      location.reload();
      return new Promise(() => {});
    }
  }

  async #insist(path, request) {
    for (let pause = 500; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const response = await fetch(path, request).catch(() => null);
      // An answer that broke off on its way is asked for again.
      const answer = await response?.json().catch(() => null);
      if (answer && response.status < 500) {
        this.dispatchEvent(new Event("connected"));
        if (response.ok) return answer;
        throw new Refusal(response.status, answer);
      }
      this.dispatchEvent(new Event(response ? "troubled" : "disconnected"));
      await connectionOr(pause);
    }
  }
}

function connectionOr(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, milliseconds);
    addEventListener("online", finish, { once: true });
    function finish() {
      clearTimeout(timer);
      removeEventListener("online", finish);
      resolve();
    }
  });
}
