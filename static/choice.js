// Choosing films of the archive: by their checkboxes, page after page, or all that a search finds.
// Chosen films are named by their numbers; all of a search by the search, and what is taken out of it.

import { Problem, sendJson } from "./api.js";
import { count } from "./formats.js";
import { _, ngettext } from "./texts.js";

const KEPT = "condyle archive choice";
const SAID = "condyle archive said";
const AT_MOST = 10000;
const SAME_AT_MOST = 20;

const root = document.querySelector(".results");
const bar = root.querySelector(".chosen-bar");
const boxes = [...root.querySelectorAll("[data-pick]")];
const search = bar?.dataset.search;
const found = Number(bar?.dataset.found || 0);

let { whole, ids, but } = kept();
let last = null;

/** What was chosen on the pages before; all of another search is chosen no more. */
function kept() {
  const nothing = { whole: null, ids: new Set(), but: new Set() };
  try {
    const before = JSON.parse(sessionStorage.getItem(KEPT));
    if (!before || (before.whole && before.whole !== search)) return nothing;
    return { whole: before.whole, ids: new Set(before.ids), but: new Set(before.but) };
  } catch {
    return nothing;
  }
}

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify({ whole, ids: [...ids], but: [...but] }));
  show();
}

const isChosen = (id) => (whole ? !but.has(id) : ids.has(id));
const chosen = () => (whole ? Math.max(found - but.size, 0) : ids.size);
export const choice = () => (whole ? { wanted: JSON.parse(search), but: [...but] } : { ids: [...ids] });

function choose(id, on) {
  const named = whole ? but : ids;
  if (on === Boolean(whole)) named.delete(id);
  else named.add(id);
}

function show() {
  let here = 0;
  for (const box of boxes) {
    box.checked = isChosen(Number(box.dataset.pick));
    here += box.checked;
  }
  const number = chosen();
  const elsewhere = whole ? 0 : number - here;
  const parts = number
    ? [ngettext("{number} film chosen", "{number} films chosen", number, { number: count(number) })]
    : [_("Choose films to put them on a worklist, exclude or export them.")];
  if (number && elsewhere) parts.push(_("{number} not on this page", { number: count(elsewhere) }));
  bar.querySelector("[data-count]").textContent = parts.join(", ");
  bar.classList.toggle("some", number > 0);
  for (const button of bar.querySelectorAll("[data-needs]")) button.hidden = number === 0;
  bar.querySelector("[data-duplicates]").hidden = whole !== null || number < 2 || number > SAME_AT_MOST;
  bar.querySelector("[data-whole]").hidden = Boolean(whole && !but.size) || !found;
}

function onBox(event) {
  const box = event.currentTarget;
  const from = event.shiftKey && last ? boxes.indexOf(last) : boxes.indexOf(box);
  const [first, end] = [from, boxes.indexOf(box)].sort((a, b) => a - b);
  for (const each of boxes.slice(first, end + 1)) choose(Number(each.dataset.pick), box.checked);
  last = box;
  keep();
}

export function clear() {
  [whole, ids, but] = [null, new Set(), new Set()];
  keep();
}

const lines = (lists) => [
  [lists.seed, ngettext("{number} film goes to the seed list.", "{number} films go to the seed list.", lists.seed, { number: count(lists.seed) })],
  [lists.validation, ngettext("{number} film goes to the validation list.", "{number} films go to the validation list.", lists.validation, { number: count(lists.validation) })],
  [lists.waiting, ngettext("{number} film waits on a list already and stays there.", "{number} films wait on a list already and stay there.", lists.waiting, { number: count(lists.waiting) })],
  [lists.read, ngettext("{number} film was read already and is left out.", "{number} films were read already and are left out.", lists.read, { number: count(lists.read) })],
  [lists.excluded, ngettext("{number} film is excluded and is left out.", "{number} films are excluded and are left out.", lists.excluded, { number: count(lists.excluded) })],
  [lists.gone, ngettext("{number} film is no longer in the archive.", "{number} films are no longer in the archive.", lists.gone, { number: count(lists.gone) })],
].filter(([number]) => number).map(([, text]) => text);

const dialog = root.querySelector("dialog[data-listing]");

/** Do what may be refused, and say in the dialog why it was. */
export async function ask(dialog, work) {
  const failure = dialog.querySelector(".failure");
  failure.hidden = true;
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    failure.querySelector(".what").textContent = problem.message;
    failure.querySelector(".do").textContent = problem.advice;
    failure.hidden = false;
    return null;
  }
}

async function openLists() {
  const list = dialog.querySelector("ul");
  const put = dialog.querySelector("[data-put]");
  list.replaceChildren();
  put.hidden = true;
  const own = dialog.querySelector("[data-named]");
  own.hidden = true;
  for (const field of own.querySelectorAll("input")) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }
  dialog.showModal();
  const lists = await ask(dialog, () => sendJson("POST", "/api/v1/images/lists/preview", choice()));
  if (!lists) return;
  list.append(...lines(lists).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const number = lists.seed + lists.validation;
  put.textContent = ngettext("Put {number} film on its list", "Put {number} films on their lists", number, { number: count(number) });
  put.hidden = number === 0;
  own.hidden = lists.seed === 0;
  if (number) put.focus();
}

/** The list of their own that the films make; null where none can be, or nothing is written. */
function named() {
  if (dialog.querySelector("[data-named]").hidden) return null;
  const [name, due] = ["#listing-name", "#listing-due"].map((field) => dialog.querySelector(field).value);
  const people = [...dialog.querySelectorAll("[data-person]:checked")].map((box) => Number(box.dataset.person));
  return name.trim() || due || people.length ? { name, due, people } : null;
}

async function putOnLists() {
  const put = dialog.querySelector("[data-put]");
  put.disabled = true;
  const lists = await ask(dialog, () => sendJson("POST", "/api/v1/images/lists", { ...choice(), named: named() }));
  put.disabled = false;
  if (!lists) return;
  const number = lists.seed + lists.validation;
  done(ngettext("{number} film was put on its list.", "{number} films were put on their lists.", number, { number: count(number) }));
}

/** Choose none any more, and load the page as it is now; it says what was done. */
export function done(text) {
  sessionStorage.setItem(SAID, text);
  clear();
  location.reload();
}

/** Say what was done before the page was loaded again. */
function say() {
  const said = sessionStorage.getItem(SAID);
  sessionStorage.removeItem(SAID);
  const notice = root.querySelector("[data-said]");
  notice.hidden = !said;
  notice.textContent = said ?? "";
}

if (bar) {
  root.classList.add("choosing");
  bar.hidden = false;
  boxes.forEach((box) => box.addEventListener("click", onBox));
  bar.querySelector("[data-page]").addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => choose(Number(box.dataset.pick), !all));
    keep();
  });
  bar.querySelector("[data-whole]").addEventListener("click", () => {
    [whole, ids, but] = [search, new Set(), new Set()];
    keep();
  });
  bar.querySelector("[data-clear]").addEventListener("click", clear);
  bar.querySelector("[data-lists]").addEventListener("click", openLists);
  bar.querySelector("form").addEventListener("submit", (event) => {
    event.target.elements.choice.value = JSON.stringify(choice());
  });
  dialog.querySelector("[data-put]").addEventListener("click", putOnLists);
  if (ids.size > AT_MOST || but.size > AT_MOST) clear();
  show();
  say();
}
