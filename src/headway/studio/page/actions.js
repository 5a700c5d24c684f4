// What a person does to pictures and classes, told to the server; each can be undone.

/** @import {Change, Step} from "./types.js" */

import { Failure, post } from "./api.js";
import { tell } from "./dialogs.js";
import { setProject, state } from "./state.js";
import { T } from "./texts.js";

/**
 * Do something, and say in the page's words or the server's what came of it.
 * @param {() => Promise<any>} act @param {string} [done]
 * @returns {Promise<boolean>}
 */
export async function attempt(act, done) {
  try {
    const answer = await act();
    if (answer?.classes && answer?.revision !== undefined) setProject(answer);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell(error.message, undefined, true);
    return false;
  }
  if (done) tell(done, { text: T.undo.short, act: undo });
  return true;
}

/** @param {Change[]} changes @param {string} done */
const decide = (changes, done) => (changes.length ? attempt(() => post("/api/decide", { changes }), done) : Promise.resolve(false));

/** The pictures are of this class; it is made where there is none. @param {string[]} files @param {string} to @param {string|number} [finding] */
export const label = (files, to, finding) => decide(files.map((file) => ({ file, decision: "label", to, ...about(finding) })), T.done.label(files.length, to));

/** @param {string[]} files @param {string|number} [finding] */
export const leaveOut = (files, finding) => decide(files.map((file) => ({ file, decision: "drop", ...about(finding) })), T.done.drop(files.length));

/** @param {string[]} files */
export const putBack = (files) => decide(files.map((file) => ({ file, decision: "restore" })), T.done.restore(files.length));

/** The pictures are right as they are. @param {string[]} files @param {string|number} [finding] */
export const keep = (files, finding) => decide(files.map((file) => ({ file, decision: "keep", ...about(finding) })), T.done.keep(files.length));

/** @param {string|number} [finding] */
const about = (finding) => (finding === undefined ? {} : { finding });

/** Do what a finding proposes, about all of its pictures or some. @param {string|number} finding @param {string[]} [files] */
export const accept = (finding, files) => attempt(() => post("/api/accept", { finding, ...(files ? { files } : {}) }), T.done.accept(files?.length ?? proposals(finding)));

/** @param {string|number} code */
const proposals = (code) => state.project?.findings.find((one) => one.code === code)?.proposals ?? 0;

/** @param {string} name */
export const addClass = (name) => attempt(() => post("/api/classes", { name }));

/** @param {string} from @param {string} to */
export const renameClass = (from, to) => attempt(() => post("/api/classes/rename", { from, to }), T.done.rename(from, to));

/** @param {string} name */
export const removeClass = (name) => attempt(() => post("/api/classes/remove", { name }), T.done.remove(name));

/** Never sent twice: a second one would undo something else. */
export const undo = () => step("/api/undo", state.project?.undo, T.undo.undone);
export const redo = () => step("/api/redo", state.project?.redo, T.undo.redone);

/** @param {string} path @param {Step|null|undefined} what @param {(what: string) => string} words */
async function step(path, what, words) {
  if (what && await attempt(() => post(path, {}, { patient: false }))) tell(words(T.undo.step(what)));
}

/** @param {"train"|"compare"} kind */
export const start = (kind) => attempt(async () => { state.job = await post(`/api/${kind}`); });
export const stopJob = () => attempt(() => post("/api/stop"));
