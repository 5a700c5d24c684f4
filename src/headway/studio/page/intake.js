// What a person drops, chooses or pastes, as files with the paths that they had.

/** @import {Given} from "./types.js" */

import { stamp } from "./texts.js";

/** Of the system, not of the person: left out without a word. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$|~\$)/i;

/** @param {Given[]} given */
const shown = (given) => given.filter(({ name }) => !HIDDEN.test(name));

/** @param {Iterable<File>} files */
export const chosen = (files) => shown([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));

/** What was dropped, folders with all that is in them. @param {DataTransfer} transfer @returns {Promise<Given[]>} */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null); // at once: later they are gone
  if (entries.every((entry) => !entry)) return chosen(transfer.files);
  /** @type {Given[]} */
  const given = [];
  for (const entry of entries) if (entry) await walk(entry, given);
  return shown(given);
}

/** @param {FileSystemEntry} entry @param {Given[]} given */
async function walk(entry, given) {
  if (entry.isFile) {
    const get = (/** @type {(file: File) => void} */ yes, /** @type {() => void} */ no) => /** @type {FileSystemFileEntry} */ (entry).file(yes, no);
    await new Promise((/** @type {(file: File) => void} */ yes, no) => get(yes, () => no()))
      .then((file) => given.push({ file, name: entry.fullPath.replace(/^\//, "") }), () => {});
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) { // a hundred at a time
    const part = await new Promise((/** @type {(part: FileSystemEntry[]) => void} */ yes) => reader.readEntries(yes, () => yes([])));
    if (!part.length) return;
    for (const inside of part) await walk(inside, given);
  }
}

/** Pictures on the clipboard. @param {DataTransfer|null} transfer */
export function pasted(transfer) {
  const files = [...(transfer?.files ?? [])];
  return shown(files.map((file) => ({ file, name: file.name === "image.png" ? `pasted-${stamp()}.png` : file.name })));
}

/** Let a person choose files or a folder. @param {"files"|"folder"} what @param {(given: Given[]) => void} take */
export function choose(what, take) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  if (what === "folder") input.webkitdirectory = true;
  else input.accept = "image/*,.zip,.heic,.heif,.dcm,.tif,.tiff";
  input.addEventListener("change", () => {
    const given = chosen(input.files ?? []);
    input.remove();
    if (given.length) take(given);
  });
  input.addEventListener("cancel", () => input.remove());
  input.hidden = true;
  document.body.append(input); // a browser may forget an input that stands nowhere
  input.click();
}
