// What a person drops, chooses or pastes, as files with the paths that they had.

/** @import {Given} from "./types.js" */

import { stamp } from "./texts.js";

/** Of the system, not of the person: left out without a word. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$|~\$)/i;

const { compare } = new Intl.Collator(undefined, { numeric: true });

/** In the order of their names, whatever that of the disk is: classes come to stand in it. @param {Given[]} given */
const shown = (given) => given.filter(({ name }) => !HIDDEN.test(name)).sort((a, b) => compare(a.name, b.name));

/** @param {Iterable<File>} files */
export const chosen = (files) => shown([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));

/** What was dropped, folders with all that is in them. @param {DataTransfer} transfer @returns {Promise<Given[]>} */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null); // at once: later they are gone
  if (entries.every((entry) => !entry)) return chosen(transfer.files);
  const given = await Promise.all(entries.map((entry) => (entry ? inside(entry) : [])));
  return shown(given.flat());
}

/** The files of an entry. @param {FileSystemEntry} entry @returns {Promise<Given[]>} */
async function inside(entry) {
  if (entry.isFile) {
    const file = await new Promise((/** @type {(file: File|null) => void} */ resolve) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)));
    return file ? [{ file, name: entry.fullPath.replace(/^\//, "") }] : [];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) { // a hundred at a time
    const part = await new Promise((/** @type {(part: FileSystemEntry[]) => void} */ resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!part.length) break;
    entries.push(...part);
  }
  return (await Promise.all(entries.map(inside))).flat();
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
