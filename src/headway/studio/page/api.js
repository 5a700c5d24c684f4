// Requests to the server. What changes something waits for a lost connection, so that nothing that a person did is lost.

/** @import {Given} from "./types.js" */

import { T } from "./texts.js";

/** What the server refused, with its own words. */
export class Failure extends Error {
  /** @param {string} code @param {string} message @param {number} status */
  constructor(code, message, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** How the connection is: `lost` while nobody answers, `refused` where the token is not right. @type {"open"|"lost"|"refused"} */
let link = "open";
/** @type {Set<() => void>} */
const waiting = new Set();
/** @type {(link: "open"|"lost"|"refused") => void} */
let tell = () => {};

/** Say whom to tell how the connection is. @param {typeof tell} listener */
export function onLink(listener) {
  tell = listener;
}

export const linkIs = () => link;

/** @param {"open"|"lost"|"refused"} now */
export function setLink(now) {
  if (now === link) return;
  link = now;
  if (link === "open") {
    for (const go of waiting) go();
    waiting.clear();
  }
  tell(link);
}

const reconnected = () => /** @type {Promise<void>} */ (new Promise((resolve) => {
  if (link === "open") resolve();
  else waiting.add(resolve);
}));

/**
 * @typedef {{query?: Record<string, string|number|null|undefined>, json?: unknown, body?: Blob|FormData, signal?: AbortSignal, patient?: boolean}} Options
 */

/** @param {string} path @param {Options["query"]} [query] */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}` : path;
}

/**
 * Ask the server. With `patient`, a request that nobody answered is sent again once the connection is back.
 * @param {"GET"|"POST"} method @param {string} path @param {Options} [options]
 * @returns {Promise<any>}
 */
async function ask(method, path, { query, json, body, signal, patient = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = method === "GET" ? {} : { "X-Headway": "1" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (body instanceof Blob) headers["Content-Type"] = "application/octet-stream";
  for (;;) {
    let answer;
    try {
      answer = await fetch(address(path, query), { method, headers, body: json === undefined ? body : JSON.stringify(json), signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      setLink("lost");
      if (!patient) throw new Failure("lost", T.link.notNow, 0);
    }
    if (answer?.ok) return (answer.headers.get("Content-Type") ?? "").includes("json") ? answer.json() : null;
    if (answer?.status === 401) setLink("refused");
    if (answer && (answer.status !== 401 || !patient)) throw await failureOf(answer);
    await reconnected();
  }
}

/** @param {Response} answer */
async function failureOf(answer) {
  const { error } = await answer.json().catch(() => ({ error: undefined }));
  return new Failure(error?.code ?? "failed", error?.message ?? T.link.failed(answer.status), answer.status);
}

/** @param {string} path @param {Options["query"]} [query] @param {AbortSignal} [signal] */
export const get = (path, query, signal) => ask("GET", path, { query, signal });

/** @param {string} path @param {unknown} [json] @param {Options} [options] */
export const post = (path, json = {}, options = {}) => ask("POST", path, { json, patient: true, ...options });

/** @param {string} path @param {Blob} body @param {Options} [options] */
export const send = (path, body, options = {}) => ask("POST", path, { body, ...options });

/** Send pictures into a class, or to where their folders say. @param {Given[]} given @param {string|null} label @param {string} batch @param {AbortSignal} signal */
export function sendPictures(given, label, batch, signal) {
  const body = new FormData();
  for (const { file, name } of given) body.append("files", file, name);
  return ask("POST", "/api/pictures", { query: { class: label, batch }, body, signal, patient: true });
}

/** The address of a small picture. @param {import("./types.js").Picture} picture @param {96|192|384} size */
export function thumb({ file, thumb: version }, size) {
  const known = version ? `&${version.replace(/^[?&]/, "")}` : "";
  return `${address("/api/thumb", { file, size })}${known}`;
}

/** The address of a picture. @param {string} file */
export const large = (file) => address("/api/picture", { file });

/** The name of a view of pictures for the server; names of classes may hold a colon. */
export const views = {
  /** @param {string} label */
  ofClass: (label) => `class:${encodeURIComponent(label)}`,
  /** @param {string|number} code */
  ofFinding: (code) => `finding:${code}`,
  /** @param {string} truth @param {string} predicted */
  ofCell: (truth, predicted) => `cell:${encodeURIComponent(truth)}:${encodeURIComponent(predicted)}`,
};
