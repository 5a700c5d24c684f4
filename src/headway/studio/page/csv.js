// Tables as CSV that neither a spreadsheet nor a terminal carries out: the rules of `headway predict --csv` (docs/json.md).

const COMMANDS = "=+-@\t\n＝＋－＠";

/** Control characters visibly; line breaks and tabs are harmless within quotes. @param {string} text */
const withoutControls = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** Whether a spreadsheet may compute it; a sign alone, or with a number behind it, is none. @param {string} text */
const isCommand = (text) => text.length > 1 && COMMANDS.includes(text.charAt(0)) && !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text);

/** @param {string} text @param {string} prefix */
const safe = (text, prefix) => {
  const visible = withoutControls(text);
  return isCommand(visible) ? prefix + visible : visible;
};

/** The name of a class as a text. @param {string} text */
export const textCell = (text) => safe(text, "'");

/** A path, so that it still names its file. @param {string} text */
export const pathCell = (text) => safe(text, "./");

/** @param {(string|number)[][]} rows */
export const toCsv = (rows) => rows.map((row) => row.map(quoted).join(",") + "\r\n").join("");

/** @param {string|number} cell */
const quoted = (cell) => (/[",\r\n\t]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell));
