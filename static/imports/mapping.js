// One table that was chosen: what it is, which of its columns is which, and what it lists.
import { sendJson } from "../api.js";
import { count, size } from "../formats.js";
import { _, ngettext } from "../texts.js";
import { folderOf, nameOf } from "./chosen.js";
import { clean, eachLine, openTable } from "./table.js";

const KEEP = "keep";
const NAMED = 3;
const PROBED = 200;

/** Returns a table of what was chosen; its server has been told its headers, and nothing else of it. */
export async function lookInto(path, file) {
  const opened = await openTable(file);
  const table = { path, file, ...opened, kind: "", columns: {}, listed: null, folder: folderOf(path) };
  if (opened.problem) return table;
  try {
    table.told = await sendJson("POST", "/api/v1/imports/columns", { headers: opened.headers });
  } catch (problem) {
    return { ...table, problem: `${problem.message} ${problem.advice}` };
  }
  choose(table, nameOf(path).toLowerCase() === "manifest.csv" ? "manifest" : table.told.kind);
  return table;
}

/** Lets a table be of another kind: its columns are then what the server takes them for. */
export function choose(table, kind) {
  table.kind = kind;
  table.columns = kind ? { ...table.told[kind].columns } : {};
  table.changed = false;
}

const placeOf = (table, column) => table.headers.findIndex((header) => table.columns[header] === column);

/** The entries of an import's `columns`; none where it would read the table so unasked. */
export function entriesOf(table) {
  const { required, optional, unasked } = table.told[table.kind];
  if (unasked && !table.changed) return [];
  return [...required, ...optional].map((column) => `${column}=${table.headers[placeOf(table, column)] ?? ""}`);
}

export const keptOf = (table) => table.headers.filter((header) => table.columns[header] === KEEP);

/** What keeps a table from being read as it is, in sentences. */
export function faultsOf(table) {
  if (table.problem) return [table.problem];
  if (!table.kind) return [];
  const faults = [];
  const twice = table.headers.find((header, at) => header && table.headers.indexOf(header) !== at);
  if (twice) faults.push(_("Two columns are called “{name}”. Rename one of them in the table.", { name: twice }));
  const { required, optional } = table.told[table.kind];
  for (const column of [...required, ...optional]) {
    const taken = table.headers.filter((header) => table.columns[header] === column);
    if (taken.length > 1 && !twice) {
      faults.push(_("“{first}” and “{second}” are both read as {name}. Choose one of them.", { first: taken[0], second: taken[1], name: column }));
    }
    if (taken.length === 0 && required.includes(column)) faults.push(_("Choose which column is {name}.", { name: column }));
  }
  if (table.kind === "manifest") {
    for (const [header, what] of Object.entries(table.told.identifying)) {
      if (!table.columns[header] || table.columns[header] === KEEP) {
        faults.push(_("The column “{name}” seems to hold {what}. Remove it from the table.", { name: header, what }));
      }
    }
  }
  return faults;
}

/** Counts what a table lists; false where it was given up because `stale` said so. */
export async function countTable(table, files, stale) {
  table.listed = null;
  if (faultsOf(table).length > 0 || !table.kind) return true;
  const place = Object.fromEntries(["file", "patient_id", "site", "study_id", "report"].map((name) => [name, placeOf(table, name)]));
  const cell = (cells, name) => clean(cells[place[name]] ?? "");
  const found = { lines: 0, patients: new Set(), listed: new Set(), empty: 0, reports: 0 };
  const visit = (cells) => {
    found.lines += 1;
    if (table.kind === "reports") {
      if (cell(cells, "report")) found.reports += 1;
      return;
    }
    const file = cell(cells, "file").replaceAll("\\", "/").replace(/^(\.\/)+/, "");
    const patient = cell(cells, "patient_id");
    if (!file || !patient) found.empty += 1;
    found.patients.add(`${cell(cells, "site")}\n${patient}`);
    found.listed.add(file);
  };
  try {
    if (!(await eachLine(table.file, table, visit, stale))) return false;
  } catch {
    table.problem = _("It is not in UTF-8. Save it as “CSV UTF-8”.");
    return true;
  }
  table.folder = folderOf(table.path);
  if (table.kind === "manifest") placeTable(table, found.listed, files);
  const missing = [...found.listed].filter((name) => !files.has(table.folder + name));
  table.listed = { ...found, patients: found.patients.size, missing: missing.length, some: missing.slice(0, NAMED) };
  table.paths = new Set([...found.listed].map((name) => table.folder + name));
  return true;
}

/** A table that lies beside the folder of its films is sent into that folder: its names count there. */
function placeTable(table, listed, files) {
  const probes = [...listed].slice(0, PROBED);
  const there = (folder) => probes.filter((name) => files.has(folder + name)).length;
  const folders = new Set([table.folder]);
  for (const path of files.keys()) {
    const parts = path.split("/");
    for (let depth = 1; depth < Math.min(parts.length, 3); depth += 1) folders.add(`${parts.slice(0, depth).join("/")}/`);
    if (folders.size > 50) break;
  }
  for (const folder of folders) if (there(folder) > there(table.folder)) table.folder = folder;
}

/** Draws a table; `changed` is called when somebody has chosen something. */
export function drawn(table, template, changed) {
  const card = template.content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(`.${name}`);
  part("name").textContent = table.path;
  part("size").textContent = size(table.file.size);
  const kind = part("kind");
  kind.setAttribute("aria-label", _("What {name} is", { name: nameOf(table.path) }));
  kind.value = table.kind;
  kind.disabled = !table.told;
  kind.addEventListener("change", () => {
    choose(table, kind.value);
    changed(true);
  });
  const details = part("columns");
  details.hidden = !table.kind;
  if (!table.kind) return card;
  const told = table.told[table.kind];
  details.open = !told.unasked || told.remembered || table.changed;
  part("remembered").hidden = !told.remembered;
  const rows = table.headers.map((header, at) => (header ? row(table, told, header, at, changed) : null));
  part("rows").append(...rows.filter(Boolean));
  return card;
}

function row(table, told, header, at, changed) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = header;
  const first = document.createElement("td");
  first.className = "note";
  first.textContent = [...new Set(table.lines.map((cells) => cells[at] ?? ""))].filter(Boolean).map((text) => text.slice(0, 40)).join(", ");
  const select = document.createElement("select");
  select.setAttribute("aria-label", _("Read “{name}” as", { name: header }));
  select.append(new Option(_("not read"), ""));
  for (const column of told.required) select.append(new Option(_("{name} (required)", { name: column }), column));
  for (const column of told.optional) select.append(new Option(column, column));
  if (table.kind === "manifest") select.append(new Option(_("keep with the image"), KEEP));
  select.value = table.columns[header] ?? "";
  select.addEventListener("change", () => {
    table.columns[header] = select.value;
    table.changed = true;
    changed(false);
  });
  const cell = document.createElement("td");
  cell.append(select);
  line.append(name, first, cell);
  return line;
}

/** What a table lists, in a sentence; empty where that is not known yet. */
export function countedInWords(table) {
  if (!table.listed) return "";
  const { lines, reports, patients } = table.listed;
  if (table.kind === "reports") return ngettext("{number} report", "{number} reports", reports, { number: count(reports) });
  return `${ngettext("{number} line", "{number} lines", lines, { number: count(lines) })}, ${ngettext("{number} patient", "{number} patients", patients, { number: count(patients) })}`;
}
