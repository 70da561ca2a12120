// What the page says around the film: progress, the film's name and window, trouble, the end.

import { nameOf } from "./views.js";

const LISTS = {
  seed: ["Seed set", "/reading/seed"],
  validation: ["Validation", "/reading/validation"],
  audit: ["Audit", "/reading/audit"],
  adjudication: ["Adjudication", "/reading/adjudication"],
  review: ["Review", "/review"],
};

export class Panel {
  #root;
  #sticky = false;

  constructor(root) {
    this.#root = root;
  }

  showProgress({ remaining, uncounted, read_today: today, seconds_per_image: pace }) {
    this.#text("left", `${count(remaining)}${uncounted ? "+" : ""} left`);
    const each = pace === null ? "" : `, ${pace < 10 ? pace.toFixed(1) : count(Math.round(pace))} s each`;
    this.#text("today", `${count(today)} read today${each}`);
  }

  showItem({ film, position }) {
    this.#text("position", `Image ${count(position)}`);
    this.#text("film-name", nameOf(film));
    this.hideLoading();
  }

  showView(shown, item) {
    const other = shown === item ? "" : `\nOnly shown: the label is for ${nameOf(item)}`;
    this.#text("film-name", nameOf(shown) + other);
  }

  showEnd({ worklist, remaining, read_today: today, elsewhere }) {
    const waiting = remaining > 0;
    const held = remaining === 1 ? "1 read is" : `${count(remaining)} reads are`;
    this.#text("end-title", waiting ? "Nothing for you right now" : "Nothing left to read here");
    this.#text("end-text", waiting
      ? `${held} for other readers, or in their hands. What they leave comes back to this list.`
      : "Every image that was put on this list is read.");
    this.#text("end-today", today ? `You read ${count(today)} ${today === 1 ? "image" : "images"} today.` : "");
    const links = Object.entries(elsewhere).filter(([name]) => name !== worklist).map(linkTo);
    this.#root.querySelector("#end-links").replaceChildren(...links);
    this.#root.querySelector("#again").hidden = !waiting;
    this.#text("position", "");
    this.#text("film-name", "");
    this.hideLoading();
  }

  sayLoading() {
    this.#text("loading", "Loading the film …");
  }

  sayUnreadable() {
    this.#text("loading", "This film cannot be shown. Skip it and tell an admin its number.");
  }

  hideLoading() {
    this.#text("loading", "");
  }

  sayDisconnected() {
    this.#say("The connection is lost.", "What you decided is kept, and sent once it is back.");
  }

  sayTroubled() {
    this.#say("The server is in trouble.", "What you decided is kept, and sent again by itself.");
  }

  sayConnected() {
    if (!this.#sticky) this.#say("", "");
  }

  sayLoggedOut() {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Log in again";
    this.#say("Your log-in has ended.", "What you decided is kept, and sent once you are back.", link);
  }

  /** Stays until the next decision: the film has changed under the reader's eyes. */
  sayRefused({ message, advice }) {
    this.#say(message, advice);
    this.#sticky = true;
  }

  sayNothing() {
    this.#sticky = false;
    this.#say("", "");
  }

  #say(what, advice, link = "") {
    const box = this.#root.querySelector("#message");
    const first = document.createElement("strong");
    first.textContent = what;
    box.replaceChildren(first, ` ${advice} `, link);
    box.hidden = !what;
  }

  #text(id, text) {
    this.#root.querySelector(`#${id}`).textContent = text;
  }
}

function count(number) {
  return number.toLocaleString("en");
}

function linkTo([worklist, remaining]) {
  const [name, address] = LISTS[worklist];
  const link = document.createElement("a");
  link.className = "button";
  link.href = address;
  link.textContent = `${name}: ${count(remaining)} left`;
  return link;
}
