// What was chosen, summed up before anything of it is sent: figures, and what stands in the way.
import { count, size } from "../formats.js";
import { _, ngettext } from "../texts.js";
import { endingOf, folderOf, kindOf } from "./chosen.js";
import { entriesOf, faultsOf } from "./mapping.js";

/** Which files are sent under which paths: films, zips, and the tables that are used. */
export function toSend(files, tables, isDicom, withUnknown) {
  const sent = [];
  for (const [path, file] of files) {
    const kind = kindOf(path);
    const isFilm = ["picture", "dicom", "zip"].includes(kind);
    if (isFilm || (kind === "unknown" && (withUnknown || isDicom.has(path)))) sent.push([path, file]);
  }
  for (const table of tables) {
    // The server knows a manifest by its name.
    if (table.kind === "manifest") sent.push([`${table.folder}manifest.csv`, table.file]);
    if (table.kind === "reports") sent.push([table.path, table.file]);
  }
  return sent;
}

/** What was chosen, in numbers. */
export function figuresOf(files, tables, isDicom, sent) {
  const by = { picture: 0, dicom: 0, zip: 0, unknown: 0 };
  for (const path of files.keys()) {
    const kind = kindOf(path);
    by[kind === "unknown" && isDicom.has(path) ? "dicom" : kind] += 1;
  }
  const manifests = tables.filter((table) => table.kind === "manifest");
  const counted = manifests.length > 0 && manifests.every((table) => table.listed);
  return {
    ...by,
    films: by.picture + by.dicom,
    size: sent.reduce((sum, [, file]) => sum + file.size, 0),
    patients: counted ? manifests.reduce((sum, table) => sum + table.listed.patients, 0) : null,
  };
}

/** What stands in the way (`stop`), and what should be looked at (`look`), in sentences. */
export function problemsOf(files, tables, isDicom, sent, limitMb, withUnknown) {
  const stop = tables.flatMap((table) => faultsOf(table).map((text) => `${table.path}: ${text}`));
  const look = [];
  const manifests = tables.filter((table) => table.kind === "manifest");
  const reports = tables.filter((table) => table.kind === "reports");
  const figures = figuresOf(files, tables, isDicom, sent);
  if (new Set(manifests.map((table) => table.folder)).size < manifests.length) {
    stop.push(_("Two tables list the images of one folder. Choose one of them, and leave the other out."));
  }
  if (reports.length > 1) stop.push(_("There are two tables of reports. Import one after the other."));
  const said = new Set(manifests.filter((table) => table.told).map((table) => entriesOf(table).join("\n")).filter(Boolean));
  if (said.size > 1) stop.push(_("The tables of two folders name their columns differently. Import one folder after the other."));
  if (figures.size > limitMb * 2 ** 20) {
    stop.push(_("This is too much for one upload. Copy the folder to the server's inbox instead."));
  }
  if (sent.length === 0) stop.push(_("There is no film among these files."));
  if (figures.picture > 0 && manifests.length === 0) {
    look.push(ngettext(
      "{number} picture (PNG, JPEG) has no table that says whose it is. It will be left out.",
      "{number} pictures (PNG, JPEG) have no table that says whose they are. They will be left out.",
      figures.picture, { number: count(figures.picture) },
    ));
  }
  for (const table of manifests.filter((each) => each.listed)) look.push(...doubtsOf(table, files, figures.zip > 0));
  look.push(...ofOtherKinds(files, isDicom, withUnknown));
  return { stop, look };
}

function doubtsOf(table, files, zips) {
  const { listed, path } = table;
  const doubts = [];
  if (listed.empty) {
    doubts.push(ngettext(
      "{name}: {number} line names no file or no patient. The import will stop there.",
      "{name}: {number} lines name no file or no patient. The import will stop there.",
      listed.empty, { name: path, number: count(listed.empty) },
    ));
  }
  if (listed.missing && !zips) {
    doubts.push(ngettext(
      "{name}: {number} file that it lists is not here ({some}).",
      "{name}: {number} files that it lists are not here ({some}).",
      listed.missing, { name: path, number: count(listed.missing), some: listed.some.join(", ") },
    ));
  }
  const beside = [...files.keys()].filter((each) => each.startsWith(table.folder) && ["picture", "dicom"].includes(kindOf(each)) && !table.paths.has(each)).length;
  if (beside) {
    doubts.push(ngettext(
      "{number} film in the folder of {name} is not listed there. It will be left out.",
      "{number} films in the folder of {name} are not listed there. They will be left out.",
      beside, { name: path, number: count(beside) },
    ));
  }
  return doubts;
}

function ofOtherKinds(files, isDicom, withUnknown) {
  const doubts = [];
  const paths = [...files.keys()];
  const books = paths.filter((path) => kindOf(path) === "workbook");
  if (books.length > 0) {
    doubts.push(_("{name} is a workbook and is not sent. If it lists the images, save it as “CSV UTF-8” and add it.", { name: books[0] }));
  }
  const unknown = paths.filter((path) => kindOf(path) === "unknown" && !isDicom.has(path));
  if (unknown.length > 0 && !withUnknown) {
    const endings = [...new Set(unknown.map((path) => `.${endingOf(path)}`))].slice(0, 5).join(", ");
    doubts.push(ngettext(
      "{number} file of another kind ({endings}) is not sent.",
      "{number} files of other kinds ({endings}) are not sent.",
      unknown.length, { number: count(unknown.length), endings },
    ));
  }
  return doubts;
}

/** The figures as they are shown: name, number, note. */
export function shown(figures, tables) {
  const kinds = [
    figures.dicom && ngettext("{number} DICOM file", "{number} DICOM files", figures.dicom, { number: count(figures.dicom) }),
    figures.picture && ngettext("{number} picture", "{number} pictures", figures.picture, { number: count(figures.picture) }),
  ];
  const used = tables.filter((table) => table.kind).length;
  return [
    [_("Films"), count(figures.films), kinds.filter(Boolean).join(", ")],
    figures.zip ? [_("Zips"), count(figures.zip), _("opened on the server")] : null,
    figures.patients === null ? null : [_("Patients"), count(figures.patients), _("by the table")],
    tables.length ? [_("Tables"), count(tables.length), used < tables.length ? _("{number} used", { number: used }) : ""] : null,
    [_("To be sent"), size(figures.size), ""],
  ].filter(Boolean);
}
