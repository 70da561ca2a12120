// Sums up what was chosen, sends it file by file once somebody says so, starts the import, follows it.
import { Problem, giveUp, sendFile, sendJson } from "./api.js";
import { count } from "./formats.js";
import { addChosen, addDropped, kindOf, thoseOfDicom } from "./imports/chosen.js";
import { countTable, countedInWords, drawn, entriesOf, keptOf, lookInto } from "./imports/mapping.js";
import { figuresOf, problemsOf, shown, toSend } from "./imports/summary.js";
import { _, ngettext } from "./texts.js";

const element = (id) => document.getElementById(id);
const form = element("import");
const button = element("start");
const progress = element("progress");
const sent = element("sent");
const failure = element("failure");
const LIMIT_MB = Number(form.dataset.uploadMb);
/** Most tables that are looked into: more are files that lie beside films. */
const MOST_TABLES = 20;

/** What was chosen: files by their paths, tables among them, and files that turned out to be DICOM. */
const files = new Map();
let tables = [];
let isDicom = new Set();
/** Counts what was chosen and said, so that what is worked out of something older is dropped. */
let state = 0;
let isReady = true;
/** The upload that no import has yet. */
let underWay = null;

const sending = () => toSend(files, tables, isDicom, element("send-unknown").checked);

/** Look at what was added, and show it. */
async function lookAgain() {
  const mine = ++state;
  ready(false);
  element("summary").hidden = files.size === 0;
  element("chosen").textContent = ngettext("{number} file found …", "{number} files found …", files.size, { number: count(files.size) });
  const unknown = [...files].filter(([path]) => kindOf(path) === "unknown");
  const dicom = await thoseOfDicom(unknown);
  const paths = [...files.keys()].filter((path) => kindOf(path) === "table");
  const known = new Map(tables.map((table) => [table.path, table]));
  const looked = await Promise.all(paths.slice(0, MOST_TABLES).map((path) => {
    const same = known.get(path);
    return same && same.file === files.get(path) ? same : lookInto(path, files.get(path));
  }));
  if (mine !== state) return;
  isDicom = dicom;
  tables = looked;
  drawTables();
  await countAgain();
}

function drawTables() {
  element("tables").replaceChildren(...tables.map((table) => drawn(table, element("table"), (again) => {
    if (again) drawTables();
    countAgain();
  })));
}

async function countAgain() {
  const mine = ++state;
  ready(false);
  drawSummary();
  for (const table of tables) {
    if (!(await countTable(table, files, () => mine !== state)) || mine !== state) return;
  }
  drawSummary();
  ready(true);
}

function ready(whether) {
  isReady = whether;
  element("summary").setAttribute("aria-busy", String(!whether));
  allow();
}

function allow() {
  const stopped = element("problems").querySelector(".stop") !== null && files.size > 0;
  button.disabled = !isReady || stopped || "active" in form.dataset;
}

function drawSummary() {
  const send = sending();
  const figures = figuresOf(files, tables, isDicom, send);
  element("chosen").textContent = "";
  element("figures").replaceChildren(...shown(figures, tables).map(([name, number, note]) => {
    const stat = element("stat").content.firstElementChild.cloneNode(true);
    stat.children[0].textContent = name;
    stat.children[1].textContent = number;
    stat.children[2].textContent = note;
    return stat;
  }));
  const withUnknown = element("send-unknown").checked;
  const { stop, look } = files.size ? problemsOf(files, tables, isDicom, send, LIMIT_MB, withUnknown) : { stop: [], look: [] };
  element("problems").replaceChildren(...[...stop.map((text) => ["stop", text]), ...look.map((text) => ["look", text])].map(([kind, text]) => {
    const item = document.createElement("li");
    item.className = kind;
    item.textContent = text;
    return item;
  }));
  element("problems").hidden = stop.length + look.length === 0;
  element("unknown").hidden = figures.unknown === 0;
  for (const [at, card] of [...element("tables").children].entries()) {
    card.querySelector(".lines").textContent = tables[at] ? countedInWords(tables[at]) : "";
  }
  allow();
}

function startOver() {
  files.clear();
  tables = [];
  isDicom = new Set();
  for (const id of ["folder", "files"]) element(id).value = "";
  element("tables").replaceChildren();
  state += 1;
  element("summary").hidden = true;
  element("problems").replaceChildren();
  ready(true);
}

function check(inbox) {
  if (files.size === 0 && !inbox) {
    throw new Problem({ what: _("No files are chosen."), do: _("Choose a folder or files first.") });
  }
  if (files.size > 0 && inbox) {
    throw new Problem({ what: _("Both files and an inbox folder are chosen."), do: _("Choose one of them.") });
  }
}

async function upload(list) {
  const size = list.reduce((sum, [, file]) => sum + file.size, 0);
  const { upload: name } = await sendJson("POST", "/api/v1/uploads", { size, files: list.length });
  underWay = name;
  try {
    progress.hidden = false;
    progress.max = size || 1;
    let done = 0;
    for (const [index, [path, file]] of list.entries()) {
      const values = { number: count(index + 1), all: count(list.length) };
      sent.textContent = ngettext("{number} of {all} file", "{number} of {all} files", list.length, values);
      await sendFile(`/api/v1/uploads/${name}/files?name=${encodeURIComponent(path)}`, file);
      progress.value = done += file.size;
    }
    return name;
  } catch (problem) {
    underWay = null;
    await sendJson("DELETE", `/api/v1/uploads/${name}`).catch(() => {});
    throw problem;
  }
}

// Who leaves before the import has begun leaves nothing behind.
addEventListener("pagehide", () => underWay && giveUp(`/api/v1/uploads/${underWay}`));

/** What was said of the columns of the tables of one kind. */
const entries = (kind) => tables.filter((table) => table.kind === kind).map(entriesOf).find((said) => said.length > 0) ?? [];

async function start() {
  const inbox = element("inbox")?.value ?? "";
  check(inbox);
  const typed = element("columns").value.split(",").map((name) => name.trim()).filter(Boolean);
  const used = tables.filter((table) => table.kind === "manifest");
  const wanted = {
    validation_patients: element("validation").valueAsNumber || null,
    rng: element("rng").valueAsNumber || 0,
    reports: tables.find((table) => table.kind === "reports")?.path ?? null,
    columns: entries("manifest"),
    report_columns: entries("reports"),
    keep_columns: [...new Set([...typed, ...used.flatMap(keptOf)])],
    pseudonyms: element("pseudonyms").checked,
    find_text: element("find-text").checked,
  };
  if (inbox) wanted.inbox = inbox;
  else wanted.upload = await upload(sending());
  const { run_id: run } = await sendJson("POST", "/api/v1/imports", wanted);
  underWay = null;
  location.assign(`/runs/${run}`);
}

function fail(problem) {
  failure.querySelector(".what").textContent = problem.message;
  failure.querySelector(".where").textContent = problem.where ?? "";
  failure.querySelector(".do").textContent = problem.advice ?? "";
  failure.hidden = false;
  progress.hidden = true;
  sent.textContent = "";
  allow();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  failure.hidden = true;
  await start().catch(fail);
});

for (const id of ["folder", "files"]) {
  element(id).addEventListener("change", (event) => {
    addChosen(files, event.target.files);
    lookAgain();
  });
}
element("over").addEventListener("click", startOver);
element("send-unknown").addEventListener("change", drawSummary);

// What is dropped beside the zone would otherwise be opened in place of the page.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
const zone = element("drop");
zone.addEventListener("dragover", () => zone.classList.add("over"));
for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
zone.addEventListener("drop", async (event) => {
  const mine = ++state;
  ready(false);
  element("summary").hidden = false;
  await addDropped(files, event.dataTransfer, (number) => {
    if (mine === state) element("chosen").textContent = ngettext("{number} file found …", "{number} files found …", number, { number: count(number) });
  });
  lookAgain();
});
