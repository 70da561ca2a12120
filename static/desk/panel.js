// What the page says around the film: progress, the film's name and window, trouble, the end.

import { nameOf } from "./views.js";
import { count, decimal } from "../formats.js";
import { _, ngettext } from "../texts.js";

const LISTS = {
  seed: [_("Seed set"), "/reading/seed"],
  validation: [_("Validation"), "/reading/validation"],
  audit: [_("Audit"), "/reading/audit"],
  adjudication: [_("Adjudication"), "/reading/adjudication"],
  review: [_("Review"), "/review"],
};

export class Panel {
  #root;
  #sticky = false;

  constructor(root) {
    this.#root = root;
  }

  showItem({ film, position }) {
    if (position) this.#text("position", _("Image {number}", { number: count(position) }));
    this.#text("film-name", nameOf(film));
    this.hideLoading();
  }

  showView(shown, item) {
    const other = shown === item ? "" : ` · ${_("For comparison only: the label is for {name}", { name: nameOf(item) })}`;
    this.#text("film-name", nameOf(shown) + other);
  }

  showEnd({ worklist, for_others: forOthers, remaining, filtered, without_filter: others, read_today: today, seconds_per_image: pace, elsewhere }) {
    const waiting = remaining > 0;
    this.#root.querySelector("#end-clear").hidden = !filtered;
    this.#text("end-title", forOthers ? _("This list is assigned to other readers") : waiting ? _("Nothing for you right now")
      : filtered ? _("No film is left that matches the filter") : _("Nothing left to read here"));
    this.#text("end-text", forOthers ? _("Your earlier decisions count. An admin can assign the list to you too.") : waiting
      ? ngettext("{number} read is for other readers, or open with them. What they leave comes back to this list.",
        "{number} reads are for other readers, or open with them. What they leave comes back to this list.",
        remaining, { number: count(remaining) })
      : others ? ngettext("Without the filter {number} read is left on this list.",
        "Without the filter {number} reads are left on this list.", others, { number: count(others) })
      : _("Every image on this list has been read."));
    this.#text("end-today", today
      ? ngettext("You read {number} image today.", "You read {number} images today.", today, { number: count(today) }) : "");
    const seconds = pace === null ? "" : pace < 10 ? decimal(pace, 1) : count(Math.round(pace));
    this.#text("end-pace", seconds ? _("Median time: {seconds} s.", { seconds }) : "");
    const links = Object.entries(elsewhere).filter(([name]) => name !== worklist).map(linkTo);
    this.#root.querySelector("#end-links").replaceChildren(...links);
    this.#root.querySelector("#again").hidden = !waiting;
    this.#text("position", "");
    this.#text("film-name", "");
    this.hideLoading();
  }

  sayLoading() {
    this.#text("loading", _("Loading the film …"));
  }

  sayBeingMade() {
    this.#text("loading", _("The full-resolution image is being prepared. Until then a small preview is shown …"));
  }

  sayNotMade() {
    this.#text("loading", _("The full-resolution image was not ready in time. Skip the film and tell an admin: a worker has to prepare it."));
  }

  sayUnreadable() {
    this.#text("loading", _("This film cannot be shown. Skip it and tell an admin its number."));
  }

  hideLoading() {
    this.#text("loading", "");
  }

  sayDisconnected() {
    this.#say(_("The connection is lost."), _("Your decisions are kept and will be sent once it is back."));
  }

  sayTroubled() {
    this.#say(_("The server has a problem."), _("Your decisions are kept and will be sent again automatically."));
  }

  sayConnected() {
    if (!this.#sticky) this.#say("", "");
  }

  sayLoggedOut() {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = _("Log in again");
    this.#say(_("Your log-in has ended."), _("Your decisions are kept and will be sent once you are back."), link);
  }

  /** Stays until the next decision: the film has changed under the reader's eyes. */
  sayRefused({ message, advice, note }) {
    this.#say(message, note ? `${advice} ${_("Your note was: {note}", { note })}` : advice);
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

function linkTo([worklist, remaining]) {
  const [name, address] = LISTS[worklist];
  const link = document.createElement("a");
  link.className = "button";
  link.href = address;
  link.textContent = _("{name}: {number} left", { name, number: count(remaining) });
  return link;
}
