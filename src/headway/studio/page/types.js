// What the server says, and what modules of the page hand to each other: types only.

/**
 * A class of the project.
 * @typedef {{name: string, n: number, left_out: number}} Class
 */
/**
 * What undo or redo would do.
 * @typedef {{what: string, n: number, to?: string|null}} Step
 */
/**
 * Something that was noticed about pictures; the words are the server's.
 * @typedef {{code: string|number, name: string, severity: string, title: string, text: string, n: number, proposals: number}} Finding
 */
/**
 * What is known of the model that was made last.
 * @typedef {{accuracy: number|null, low: number|null, high: number|null, tested_on: number|null, is_stale: boolean, classes: string[]|number, made: string}} Model
 */
/**
 * Work in the background.
 * @typedef {{id: string|number, kind: "prepare"|"train"|"compare", state: "running"|"done"|"stopped"|"failed", stage: string, done: number, total: number|null, seconds: number, message: string|null}} Job
 */
/**
 * @typedef {{schema: number, name: string, revision: number, folder: string, classes: Class[], n: number, unlabelled: number, left_out: number,
 *   undo: Step|null, redo: Step|null, features: {known: number, n: number}, copies: number, findings: Finding[], model: Model|null, job: Job|null,
 *   problems: string[]}} Project
 */
/**
 * @typedef {{file: string, name: string, label: string|null, given: string|null, left_out: boolean, width: number|null, height: number|null,
 *   predicted: string|null, probability: number|null, findings: (string|number)[], thumb: string, similarity?: number}} Picture
 */
/**
 * @typedef {{accuracy: number, low: number, high: number, n: number, how: string, baseline: number|null, macro_f1: number|null,
 *   calibration_error: number|null, sentences: string[], advice: string[], classes: string[], confusion: number[][],
 *   per_class: {name: string, n: number, recall: number|null, precision: number|null, f1: number|null}[],
 *   previous: {accuracy: number, low: number, high: number, n: number}|null, changed: {file: string, was_right: boolean, is_right: boolean}[],
 *   seconds: number, model_bytes: number|null, learned_from: number|null}} Result
 */
/**
 * @typedef {{rows: {name: string, accuracy: number, low: number, high: number, seconds: number, is_best: boolean}[], text: string[]}} Comparison
 */
/**
 * @typedef {{label: string, probability: number, top: [string, number][], nearest: Picture[], seconds: number}} Answer
 */
/**
 * @typedef {{file: string, decision: "label"|"drop"|"keep"|"restore", to?: string, finding?: string|number}} Change
 */
/**
 * A file that a person gave, under its path in what was dropped.
 * @typedef {{file: File, name: string}} Given
 */
/**
 * One view of the page.
 * @typedef {{title: string, node: HTMLElement, update?: () => void, leave?: () => void, take?: (given: Given[], label: string|null) => void,
 *   takes?: () => string, undo?: () => Promise<void>, key?: (event: KeyboardEvent) => boolean}} View
 */

export {};
