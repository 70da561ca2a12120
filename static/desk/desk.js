// A reader's desk: one film at a time, a decision, the next film.

import { Decoder, Films, NOT_MADE } from "../viewer/prefetch.js";
import { previewOf } from "../viewer/preview.js";
import { clearFilter, filterCommands, filterQuery } from "./filter.js";
import { bindButton, bindKeys, fillHelp, keysLoaded } from "./keys.js";
import { Guideline } from "./guideline.js";
import { Knees } from "./knees.js";
import { giveBackOnLeaving } from "./leaving.js";
import { Latest } from "./latest.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { Progress } from "./progress.js";
import { Stage } from "./stage.js";
import { viewerCommands } from "./tools.js";
import { Views } from "./views.js";
import { _ } from "../texts.js";

const SLOW = 150;

export class Desk {
  #root = document.querySelector("#desk");
  #worklist = this.#root.dataset.worklist;
  #decoder = new Decoder();
  #films = new Films(new Decoder(), this.#decoder);
  #previews = new Films(this.#decoder, this.#decoder);
  #turning = {
    group: _("Reading"), name: _("Next view of the study"), keys: ["v"], act: () => this.#nextView(), button: "nextView",
  };
  #stage = new Stage(this.#root.querySelector(".stage"), this.#films, this.#turning);
  #viewer = this.#stage.viewer;
  #outbox = new Outbox(this.#root.dataset.reader);
  #panel = new Panel(this.#root);
  #views = new Views(this.#root.querySelector("#views"), this.#films, this.#viewer, (shown, item) =>
    this.#panel.showView(shown, item));
  #knees = new Knees(this.#root, this.#stage.frame, (film) => this.#corrected(film));
  #progress = new Progress(this.#root, this.#worklist);
  #undoing = {
    group: _("Reading"), name: _("Undo the last decision"), keys: ["u", "Backspace"],
    act: () => this.undo(), button: "undo", decides: true,
  };
  #latest;
  #source;
  #item = null;
  #drawnAt = null;
  #busy = true;
  #leasedUntil = null;

  /**
   * @param {(desk: Desk) => Array} decisions the page's own commands, see `bindKeys`; each with the
   *   `button` that does the same.
   * @param {(item: object) => void} shown told each new item.
   * @param {(read: object) => string} wordsFor what a read says.
   * @param {{first: () => Promise<object>, then: (answer: object) => Promise<object>}} [source] where
   *   films come from that are of no worklist, and the film that follows the answer to a decision.
   */
  constructor(decisions, shown, wordsFor, source = null) {
    this.shown = shown;
    this.#source = source;
    this.#latest = new Latest(this.#root.querySelector("#latest"), this.#worklist, this.#undoing, wordsFor);
    this.#bind(decisions(this));
    this.#outbox.addEventListener("disconnected", () => this.#panel.sayDisconnected());
    this.#outbox.addEventListener("troubled", () => this.#panel.sayTroubled());
    this.#outbox.addEventListener("connected", () => this.#panel.sayConnected());
    if (!source) giveBackOnLeaving(this.#worklist, () => (this.#busy ? null : this.#leasedUntil ?? undefined), () => this.#next());
    this.#root.querySelector("#again").addEventListener("click", () => this.#next());
    this.#root.querySelector("#end-clear").addEventListener("click", clearFilter);
  }

  get item() {
    return this.#item;
  }

  get viewer() {
    return this.#viewer;
  }

  /** Send what an earlier page could not, then show the next film. */
  async start() {
    // Before the first film: a key must not do what it no longer stands for.
    await keysLoaded();
    await this.#answered(async () => this.#followed(await this.#outbox.resume()) ?? this.#fetchNext());
    if (this.#source) return;
    this.#latest.load();
    this.#progress.load();
  }

  /** What the reader drew on the film on the desk. */
  get measurements() {
    return this.#item ? this.#stage.measures.said(this.#item.film.image_id) : [];
  }

  /**
   * Send a decision on the film on the desk, once it is drawn.
   * @param {string} answer what it says in words; empty where it decides nothing yet.
   */
  async decide(path, body, answer) {
    if (this.#busy || !this.#item || this.#drawnAt === null) return;
    const milliseconds = Math.round(performance.now() - this.#drawnAt);
    const { film } = this.#item;
    const kept = await this.#send(path, { ...body, milliseconds, idempotency_key: crypto.randomUUID() });
    if (kept && answer) this.#latest.add({ image_id: film.image_id, preview: previewOf(film), answer });
  }

  skip() {
    if (this.#busy || !this.#item) return;
    this.#send(`/api/v1/worklists/${this.#worklist}/skip`, { image_id: this.#item.film.image_id });
  }

  async undo() {
    if (this.#busy) return;
    await this.#send(`/api/v1/worklists/${this.#worklist}/undo`, { idempotency_key: crypto.randomUUID() });
    this.#latest.load();
  }

  #send(path, body) {
    return this.#answered(async () => this.#followed(await this.#outbox.post(path + filterQuery(), body)));
  }

  /** The next film after a decision. */
  #followed(answer) {
    return answer && this.#source ? this.#source.then(answer) : answer;
  }

  #next() {
    return this.#answered(() => this.#fetchNext());
  }

  #fetchNext() {
    if (this.#source) return this.#source.first();
    return this.#outbox.ask(`/api/v1/worklists/${this.#worklist}/next${filterQuery()}`);
  }

  /** Every request ends here: with the next film on the desk (true), or with words why not. */
  async #answered(request) {
    this.#busy = true;
    this.#root.classList.add("sending");
    try {
      await this.#show(await request());
      this.#panel.sayNothing();
      return true;
    } catch (refusal) {
      await this.#refused(refusal);
      return false;
    } finally {
      this.#busy = false;
      this.#root.classList.remove("sending");
    }
  }

  async #refused(refusal) {
    if (refusal.status === 401) return this.#panel.sayLoggedOut();
    if (refusal.status === undefined) throw refusal;
    this.#panel.sayRefused(refusal);
    const next = await this.#fetchNext().catch(failAgain);
    if (next) await this.#show(next);
  }

  async #show(desk) {
    this.#leasedUntil = desk.leased_until;
    if (!this.#source) this.#progress.show(desk);
    this.#root.classList.toggle("over", !desk.item);
    if (!desk.item) return this.#finish(desk);
    const same = desk.item.film.pixels === this.#item?.film.pixels && this.#drawnAt !== null;
    this.#item = desk.item;
    if (same) {
      this.#knees.turnTo(desk.item.film);
      this.#corrected(desk.item.film);
      return this.shown(desk.item);
    }
    this.#drawnAt = null;
    const { film } = desk.item;
    this.#panel.showItem(desk.item);
    this.#knees.turnTo(film);
    this.#stage.measures.begin(film.image_id, desk.item.former?.measurements ?? []);
    this.shown(desk.item);
    const drawn = this.#draw(film);
    this.#fetchAhead(desk.item, desk.upcoming);
    await drawn;
    this.#views.show(desk.item);
    this.#stage.turnTo(desk.item);
  }

  async #draw(film) {
    const slow = setTimeout(() => this.#loading(film), SLOW);
    this.#preview(film);
    try {
      const levels = this.#films.ready(film.pixels) ?? (await this.#films.get(film.pixels));
      this.#viewer.show(film, levels);
      this.#drawnAt = performance.now();
      performance.mark("film drawn", { detail: film.image_id });
      this.#panel.hideLoading();
    } catch (refusal) {
      this.#viewer.clear();
      if (refusal.status === NOT_MADE) this.#panel.sayNotMade();
      else this.#panel.sayUnreadable();
    } finally {
      clearTimeout(slow);
    }
  }

  #fetchAhead({ film, others }, upcoming) {
    const [next, ...later] = upcoming;
    const wanted = [film, ...(next ? [next] : []), ...others, ...later];
    this.#previews.keep([film, ...upcoming].map((each) => ({ url: previewOf(each) })));
    this.#films.keep(wanted.map((each) => ({ url: each.pixels, first: this.#viewer.firstPaint(each) })));
  }

  /** The film in 8 bits and small, until its pixels are there. */
  async #preview(film) {
    if (this.#films.ready(film.pixels)) return;
    const levels = await this.#previews.get(previewOf(film)).catch(() => null);
    if (!levels || this.#item?.film !== film || this.#drawnAt !== null) return;
    this.#viewer.show(film, levels, { preview: true });
    performance.mark("preview drawn", { detail: film.image_id });
  }

  /** Not at once: a film that is nearly there should not flash. */
  #loading(film) {
    if (this.#viewer.film !== this.#item?.film) this.#viewer.clear();
    if (film.ready) this.#panel.sayLoading();
    else this.#panel.sayBeingMade();
  }

  /** The film is the same, where its knees are is not. */
  #corrected(film) {
    this.#item = { ...this.#item, film };
    if (this.#viewer.film?.pixels !== film.pixels) return;
    this.#panel.showItem(this.#item);
    this.#viewer.redescribe(film);
    this.#views.show(this.#item);
  }

  #finish(desk) {
    this.#item = null;
    this.#knees.turnTo(null);
    this.#viewer.clear();
    this.#views.clear();
    this.#stage.turnTo(null);
    this.#panel.showEnd(desk);
  }

  #nextView() {
    if (this.#stage.comparing) this.#stage.turn();
    else this.#views.next();
  }

  #bind(decisions) {
    const film = viewerCommands(this.#stage);
    const help = this.#root.querySelector("dialog");
    const own = [
      ...(this.#source ? [] : [
        { group: _("Reading"), name: _("Skip; the film comes back at the end"), keys: ["s"], act: () => this.skip(), button: "skip", decides: true },
        this.#undoing,
      ]),
      this.#turning,
      { group: _("Reading"), name: _("This help"), keys: ["?"], act: () => help.showModal(), button: "help" },
    ];
    const guideline = new Guideline(this.#root).commands;
    const tools = Object.entries(film).map(([button, command]) => ({ ...command, button }));
    const commands = [...decisions, ...own, ...guideline, ...filterCommands(this.#root), ...tools];
    bindKeys(commands);
    fillHelp(help, commands);
    for (const command of commands) {
      const element = this.#root.querySelector(`[data-act="${command.button}"]`);
      if (element) bindButton(element, command);
    }
  }
}

/** What refuses every film, as a filter that may not be asked now does: what was said of it stands. */
function failAgain(refusal) {
  if (refusal.status === undefined) throw refusal;
  return null;
}
