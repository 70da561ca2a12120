// The page on which one predicted class is reviewed many films at a time: mark what is wrong,
// confirm the rest. Nothing is approved that was not in sight.

import { bindButton, bindKeys, fillHelp, keysLoaded } from "./desk/keys.js";
import { giveBackOnLeaving } from "./desk/leaving.js";
import { namesOf } from "./desk/presses.js";
import { Outbox } from "./desk/outbox.js";
import { Panel } from "./desk/panel.js";
import { Marks, keep } from "./grid/marks.js";
import { Tiles } from "./grid/tiles.js";
import { count } from "./formats.js";
import { _, ngettext } from "./texts.js";

const root = document.querySelector("#grid");
const { class: classText, name: className, reader } = root.dataset;
const classId = Number(classText);
const element = (id) => root.querySelector(`#${id}`);
const names = new Map([...root.querySelectorAll("[data-class][data-key]")].map(({ dataset }) =>
  [Number(dataset.class), dataset.name]));

const outbox = new Outbox(reader);
const panel = new Panel(root);
const marks = new Marks(reader, classId);
const tiles = new Tiles(element("tiles"));
/** Films that could not be shown: none of them is approved. */
const broken = new Set();
let grid = null;
let drawnAt = 0;
let busy = true;

const APPROVE = { decision: "approve", class_id: null };
const LEAVE = { decision: "leave", class_id: null };
const REJECT = { decision: "reject", class_id: null };
const FLAGS = { leave: _("stays in review"), reject: _("unusable film") };

function flagOf(id) {
  const mark = marks.get(id);
  if (mark) return FLAGS[mark.decision] ?? names.get(mark.class_id);
  return broken.has(id) ? _("cannot be shown, stays in review") : "";
}

/** Mark the film in hand; the same mark again takes it away. */
function mark(wanted) {
  const button = tiles.current;
  if (busy || !button) return;
  const id = Number(button.dataset.id);
  const before = marks.get(id);
  const same = before?.decision === wanted.decision && before.class_id === wanted.class_id;
  const own = wanted.class_id === classId;
  marks.set(id, same || own ? null : wanted);
  tiles.mark(button, flagOf(id));
  showCounts();
}

function decisions() {
  return grid.tiles.map(({ pseudo_label_id: id }) =>
    ({ pseudo_label_id: id, ...(marks.get(id) ?? (broken.has(id) ? LEAVE : APPROVE)) }));
}

function confirm() {
  if (busy || !grid?.tiles.length) return;
  if (tiles.unseen.length) return tiles.showUnseen();
  const wanted = decisions();
  send(`/api/v1/grid/${classId}/decisions`, { decisions: wanted, milliseconds: Math.round(performance.now() - drawnAt) });
}

function undo() {
  if (!busy) send("/api/v1/grid/undo", {});
}

function send(path, body) {
  return answered(() => outbox.post(path, { ...body, idempotency_key: crypto.randomUUID() }));
}

function fetchGrid() {
  return outbox.ask(`/api/v1/grid/${classId}/page`);
}

/** Every request ends here: with films on the page, or with words why not. */
async function answered(request) {
  busy = true;
  root.classList.add("sending");
  try {
    show(await request());
    panel.sayNothing();
    sayLost();
  } catch (refusal) {
    await refused(refusal);
  } finally {
    busy = false;
    root.classList.remove("sending");
  }
}

async function refused(refusal) {
  if (refusal.status === 401) return panel.sayLoggedOut();
  if (refusal.status === undefined) throw refusal;
  show(await fetchGrid());
  panel.sayRefused(refusal);
}

function show(answer) {
  const undone = answer.marks.map(({ pseudo_label_id: id, decision, class_id }) => [id, { decision, class_id }]);
  if (answer.class_id !== classId) {
    keep(reader, answer.class_id, undone);
    return location.assign(`/review/grid/${answer.class_id}`);
  }
  grid = answer;
  broken.clear();
  marks.restrictTo(grid.tiles.map((tile) => tile.pseudo_label_id));
  for (const [id, each] of undone) marks.set(id, each);
  tiles.draw(grid.tiles);
  for (const { pseudo_label_id: id } of grid.tiles) tiles.mark(tiles.button(id), flagOf(id));
  drawnAt = performance.now();
  showEnd();
  showWaiting();
  showCounts();
}

function showEnd() {
  const over = grid.tiles.length === 0;
  const elsewhere = grid.waiting[classId];
  element("end").hidden = !over;
  element("again").hidden = !elsewhere;
  element("end-title").textContent = elsewhere
    ? _("Nothing for you right now") : _("No film predicted {name} is left", { name: className });
  element("end-text").textContent = elsewhere
    ? ngettext("{number} image is open with other readers. It comes back if they leave it.",
      "{number} images are open with other readers. They come back if they leave them.", elsewhere, { number: count(elsewhere) })
    : _("Marked films stay in review, to be decided one by one.");
  if (!over) return;
  element("large").hidden = true;
  element("large-name").textContent = "";
  if (elsewhere) element("again").focus();
}

function showWaiting() {
  for (const link of root.querySelectorAll("[data-waiting]")) {
    const waiting = grid.waiting[link.dataset.waiting];
    link.querySelector("span").textContent = `${count(waiting)}${waiting >= grid.uncounted_above ? "+" : ""}`;
  }
  element("undo").textContent = grid.undoable
    ? _("Undo batch of {number}", { number: count(grid.undoable) }) : _("Undo batch");
  root.querySelector("[data-act=undo]").disabled = !grid.undoable;
  element("today").textContent = _("{number} read today", { number: count(grid.read_today) });
}

function showCounts() {
  const all = decisions();
  const marked = all.filter(({ decision }) => decision !== "approve").length;
  const unseen = tiles.unseen.length;
  const number = count(all.length - marked);
  const approve = marked ? _("agree with {number}, not the {marked} marked", { number, marked: count(marked) })
    : _("agree with {number}", { number });
  element("confirm").textContent = all.length === 0 ? _("nothing to agree with")
    : unseen ? _("show the next: {number} not seen yet", { number: count(unseen) }) : approve;
  root.querySelector("[data-act=confirm]").disabled = all.length === 0;
}

function showLarge() {
  const tile = grid.tiles.find(({ pseudo_label_id: id }) => String(id) === tiles.current.dataset.id);
  element("large").src = tile.thumbnail;
  element("large").hidden = false;
  element("large-name").textContent = tiles.current.dataset.label;
}

function sayLost() {
  const { lost } = grid;
  if (!lost) return;
  const message = ngettext("{number} image was with another reader by then.", "{number} images were with other readers by then.",
    lost, { number: count(lost) });
  panel.sayRefused({ message, advice: _("They were left unchanged; the rest is saved.") });
}

const byName = (name, keys, act, button) => ({ group: _("Grid"), name, keys, act, button });
const global = [
  ...[...names].map(([id, name]) => {
    const { key } = root.querySelector(`[data-class="${id}"][data-key]`).dataset;
    return byName(_("Mark as {name}", { name }), key ? [key] : [], () => mark({ decision: "correct", class_id: id }), `class-${id}`);
  }),
  byName(_("Mark as unusable"), ["x"], () => mark(REJECT), "reject"),
  { ...byName(_("Undo the last batch"), ["u", "Backspace"], undo, "undo"), decides: true },
  byName(_("This help"), ["?"], () => root.querySelector("dialog").showModal(), "help"),
];
/** Only while a film has the focus: elsewhere on the page these keys mean what they always do. */
const onTiles = [
  { ...byName(_("Agree with all unmarked films"), ["Enter"], confirm, "confirm"), decides: true },
  byName(_("Mark: stays in review"), [" "], () => mark(LEAVE), "leave"),
  { ...byName(_("Move"), ["ArrowLeft"], () => tiles.move(-1, 0)), repeats: true },
  { ...byName(_("Move"), ["ArrowRight"], () => tiles.move(1, 0)), repeats: true },
  { ...byName(_("Move"), ["ArrowUp"], () => tiles.move(0, -1)), repeats: true },
  { ...byName(_("Move"), ["ArrowDown"], () => tiles.move(0, 1)), repeats: true },
];

addEventListener("keydown", (event) => {
  const elsewhere = event.target !== document.body && !event.target.closest("#tiles");
  if (elsewhere || root.querySelector("dialog[open]")) return;
  const [name] = namesOf(event);
  const command = onTiles.find(({ keys }) => keys.some((key) => key.toLowerCase() === name));
  if (!command) return;
  event.preventDefault();
  if (!event.repeat || command.repeats) command.act();
});
bindKeys(global);
fillHelp(root.querySelector("dialog"), [...onTiles, ...global]);
for (const command of [...onTiles, ...global]) {
  if (command.button) bindButton(root.querySelector(`[data-act="${command.button}"]`), command);
}

tiles.addEventListener("current", showLarge);
tiles.addEventListener("seen", showCounts);
tiles.addEventListener("toggled", () => mark(LEAVE));
tiles.addEventListener("broken", ({ detail: button }) => {
  const id = Number(button.dataset.id);
  broken.add(id);
  tiles.mark(button, flagOf(id));
  showCounts();
});
element("again").addEventListener("click", () => answered(fetchGrid));
giveBackOnLeaving("grid", () => (busy ? null : grid?.leased_until), () => answered(fetchGrid));
outbox.addEventListener("disconnected", () => panel.sayDisconnected());
outbox.addEventListener("troubled", () => panel.sayTroubled());
outbox.addEventListener("connected", () => panel.sayConnected());

// Before the first film: a key must not do what it no longer stands for.
await keysLoaded();
answered(async () => (await outbox.resume()) ?? fetchGrid());
