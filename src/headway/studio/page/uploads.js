// Sending pictures to the project: in small requests, two at a time; it can be stopped, and goes on after a lost connection.

/** @import {Given} from "./types.js" */

import { send, sendPictures, Failure } from "./api.js";
import { T } from "./texts.js";

const FILES = 64; // of a request
const BYTES = 32 << 20;
const LARGEST = 256 << 20;
const AT_ONCE = 2;

/** @typedef {{given: Given[], label: string|null, batch: string}} Request */

/** How far it is; `refused` with reasons, `copies` of what is there already. */
export const uploads = {
  total: 0, done: 0, added: 0, copies: 0,
  /** @type {{name: string, reason: string}[]} */
  refused: [],
  isRunning: false,
  wasStopped: false,
};
/** @type {Request[]} */
const queue = [];
let active = 0;
let stop = new AbortController();
/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {() => void} listener */
export function onUploads(listener) {
  listeners.add(listener);
}

const changed = () => { for (const listener of listeners) listener(); };

/** Send pictures; with `label`, all of them are of this class. @param {Given[]} given @param {string|null} label */
export function upload(given, label) {
  if (!given.length) return;
  if (!uploads.isRunning) Object.assign(uploads, { total: 0, done: 0, added: 0, copies: 0, refused: [], isRunning: true, wasStopped: false });
  if (stop.signal.aborted) stop = new AbortController();
  const batch = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  queue.push(...requests(given, label, batch));
  uploads.total += given.length;
  changed();
  while (active < AT_ONCE && queue.length) void work();
  finish();
}

/** @param {Given[]} given @param {string|null} label @param {string} batch @returns {Request[]} */
function requests(given, label, batch) {
  /** @type {Request[]} */
  const made = [];
  let bytes = BYTES + 1;
  for (const one of given) {
    if (one.file.size > LARGEST) {
      refuse(one.name, T.uploads.tooLarge);
      uploads.done += 1;
      continue;
    }
    const last = made.at(-1);
    const alone = isArchive(one.name);
    if (last && !alone && last.given.length < FILES && bytes + one.file.size <= BYTES) {
      last.given.push(one);
      bytes += one.file.size;
    } else {
      made.push({ given: [one], label, batch });
      bytes = alone ? BYTES + 1 : one.file.size;
    }
  }
  return made;
}

/** @param {string} name */
const isArchive = (name) => /\.zip$/i.test(name);

/** @param {string} name @param {string} reason */
const refuse = (name, reason) => uploads.refused.push({ name, reason });

async function work() {
  active += 1;
  const { signal } = stop;
  for (let request = queue.shift(); request; request = queue.shift()) {
    const { given, label, batch } = request;
    const first = given[0];
    try {
      const answer = first && isArchive(first.name)
        ? await send("/api/archive", first.file, { query: { name: first.name, class: label, batch }, signal, patient: true })
        : await sendPictures(given, label, batch, signal);
      uploads.added += answer.added.length;
      uploads.copies += answer.copies.length;
      uploads.refused.push(...answer.refused);
    } catch (error) {
      if (signal.aborted) break;
      const reason = error instanceof Failure ? error.message : T.uploads.unreadable; // a file that was moved meanwhile
      for (const { name } of given) refuse(name, reason);
    }
    uploads.done += given.length;
    changed();
  }
  active -= 1;
  finish();
}

function finish() {
  if (active || queue.length || !uploads.isRunning) return;
  uploads.isRunning = false;
  changed();
}

/** Send no more; what was sent stays. */
export function stopUploads() {
  queue.length = 0;
  uploads.wasStopped = true;
  stop.abort();
  changed();
}

/** Forget what was said about the last ones. */
export function dismissUploads() {
  Object.assign(uploads, { total: 0, done: 0, added: 0, copies: 0, refused: [] });
  changed();
}
