// The files that were chosen or dropped, by their paths; and what kind each is, by its name.

const AT_ONCE = 200;
/** What lies beside films and is none; as in `app/imports/files.py`. */
const PASSED_OVER = new Set(["dicomdir", "__macosx", "thumbs.db", "desktop.ini"]);
const KINDS = {
  picture: ["png", "jpg", "jpeg"],
  dicom: ["dcm", "dicom", "ima"],
  zip: ["zip"],
  table: ["csv", "tsv", "txt"],
  workbook: ["xlsx", "xlsm", "xls", "ods", "numbers"],
};
const KIND_OF = new Map(Object.entries(KINDS).flatMap(([kind, endings]) => endings.map((ending) => [ending, kind])));

export const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1);
export const folderOf = (path) => path.slice(0, path.lastIndexOf("/") + 1);
export const endingOf = (path) => (nameOf(path).match(/\.([^.]*)$/)?.[1] ?? "").toLowerCase();

/** `picture`, `dicom`, `zip`, `table`, `workbook` or `unknown`. A number is no ending: UIDs have dots. */
export function kindOf(path) {
  const ending = endingOf(path);
  return KIND_OF.get(ending) ?? (/^\d*$/.test(ending) ? "dicom" : "unknown");
}

const isVisible = (path) => path.split("/").every((part) => !part.startsWith(".") && !PASSED_OVER.has(part.toLowerCase()));

/** Add the files of a file input. */
export function addChosen(files, list) {
  for (const file of list) add(files, file.webkitRelativePath || file.name, file);
}

/** Add what was dropped, folders with all they hold; `found` is called with the number so far. */
export async function addDropped(files, transfer, found) {
  // Entries must be asked for before the first wait: the browser forgets what was dropped.
  const waiting = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  while (waiting.length > 0) {
    const some = waiting.splice(0, AT_ONCE);
    for (const more of await Promise.all(some.map((entry) => opened(entry, files)))) waiting.push(...more);
    found(files.size);
  }
}

async function opened(entry, files) {
  if (!isVisible(entry.fullPath.slice(1))) return [];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null);
    if (file) add(files, entry.fullPath.slice(1), file);
    return [];
  }
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    // A browser hands out a hundred at a time, and an empty list at the end.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function add(files, path, file) {
  if (isVisible(path)) files.set(path, file);
}

/** Which of some files begin like DICOM, whatever their names are. */
export async function thoseOfDicom(entries) {
  const found = new Set();
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    await Promise.all(entries.slice(start, start + AT_ONCE).map(async ([path, file]) => {
      if ((await file.slice(128, 132).text().catch(() => "")) === "DICM") found.add(path);
    }));
  }
  return found;
}
