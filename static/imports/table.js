// Looks into a table before it is sent: its headers, its first lines, and what it lists. It reads the
// file piece by piece, so that a large one leaves the page alive. What counts is how the server reads
// it (app/imports/table.py); whatever is doubtful is left to that.
import { _ } from "../texts.js";

const HEAD = 2 ** 18;
const SHOWN = 4;
const DELIMITERS = [",", ";", "\t"];
const STATED = /^"?sep=(.)"?\1*(?:\r\n|\r|\n|$)/i;
const AS_TEXT = /^="(.*)"$/s;
const AROUND = /^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/g;

export const clean = (cell) => cell.replace(AROUND, "").replace(AS_TEXT, "$1");

/** Takes a text in pieces and returns its records: quoted cells hold delimiters and line ends. */
class Records {
  constructor(delimiter) {
    this.delimiter = delimiter.charCodeAt(0);
    this.cells = [];
    this.cell = "";
    this.quoted = false;
    this.afterReturn = false;
  }

  push(text) {
    const records = [];
    let start = 0;
    const take = (end) => { this.cell += text.slice(start, end); };
    const endCell = () => { this.cells.push(this.cell); this.cell = ""; };
    for (let at = 0; at < text.length; at += 1) {
      const sign = text.charCodeAt(at);
      if (this.afterReturn) {
        this.afterReturn = false;
        if (sign === 10) { start = at + 1; continue; }
      }
      if (sign === 34) {
        take(at);
        // A mark that follows the end of a quotation at once stands for itself.
        if (!this.quoted && this.closed === true) this.cell += '"';
        this.quoted = !this.quoted;
        this.closed = !this.quoted;
        start = at + 1;
        continue;
      }
      this.closed = false;
      if (this.quoted) continue;
      if (sign === this.delimiter) {
        take(at);
        endCell();
        start = at + 1;
      } else if (sign === 10 || sign === 13) {
        take(at);
        endCell();
        records.push(this.cells);
        this.cells = [];
        this.afterReturn = sign === 13;
        start = at + 1;
      }
    }
    take(text.length);
    return records;
  }

  end() {
    return this.cells.length > 0 || this.cell ? [[...this.cells, this.cell]] : [];
  }
}

const isBlank = (cells) => cells.every((cell) => clean(cell) === "");
const isStatement = (cells) => STATED.test(`${cells[0]}`) || cells[0].toLowerCase() === "sep=";

/** The encoding a file begins with; UTF-8 where it does not say. */
function encodingOf(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/** The headers and the first lines of a table, or the `problem` that keeps it from being read. */
export async function openTable(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  if ((bytes[0] === 0x50 && bytes[1] === 0x4b) || (bytes[0] === 0xd0 && bytes[1] === 0xcf)) {
    return { problem: _("It is a workbook. Save it as “CSV UTF-8”.") };
  }
  const encoding = encodingOf(bytes);
  let text;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return { problem: _("It is not in UTF-8. Save it as “CSV UTF-8”.") };
  }
  const stated = text.match(STATED)?.[1];
  const body = stated ? text.slice(text.match(STATED)[0].length) : text;
  const heads = (stated ? [stated] : DELIMITERS).map((delimiter) => {
    const records = new Records(delimiter);
    const all = records.push(body);
    if (file.size <= HEAD) all.push(...records.end());
    const filled = all.filter((cells) => !isBlank(cells));
    return { delimiter, headers: (filled[0] ?? []).map(clean), lines: filled.slice(1, 1 + SHOWN) };
  });
  const head = heads.reduce((best, each) => (each.headers.length > best.headers.length ? each : best));
  if (head.headers.length === 0) return { problem: _("It is empty.") };
  return { ...head, encoding, lines: head.lines.map((cells) => cells.map(clean)) };
}

/**
 * Calls `visit` with the cells of each line below the header, and returns whether all were seen: no
 * more are, once `stale` says so.
 */
export async function eachLine(file, { delimiter, encoding }, visit, stale) {
  const records = new Records(delimiter);
  const decoder = new TextDecoder(encoding, { fatal: true });
  const reader = file.stream().getReader();
  let inBody = false;
  const take = (all) => {
    for (const cells of all) {
      if (isBlank(cells)) continue;
      if (inBody) visit(cells);
      else inBody = !isStatement(cells);
    }
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (stale()) {
      reader.cancel();
      return false;
    }
    if (done) break;
    take(records.push(decoder.decode(value, { stream: true })));
  }
  take(records.end());
  return true;
}
