// What the page knows of the project, kept up to date by the server's events.

/** @import {Project, Job} from "./types.js" */

import { get, linkIs, setLink, onLink, Failure } from "./api.js";

const RETRY_MS = 1500;
const HIDDEN_MS = 30_000; // a browser has six connections to a server: tabs that nobody sees let theirs go

/** @type {{project: Project|null, job: Job|null}} */
export const state = { project: null, job: null };

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {EventSource|null} */
let events = null;
let retry = 0;

/** Call this whenever something changed. @param {() => void} listener */
export function onState(listener) {
  listeners.add(listener);
}

const changed = () => { for (const listener of listeners) listener(); };

/** Take in a project that a request was answered with. @param {Project} project */
export function setProject(project) {
  state.project = project;
  if (project.job !== undefined) state.job = project.job;
  changed();
}

export const classNames = () => (state.project?.classes ?? []).map((one) => one.name);
export const isBusy = () => state.job?.state === "running" && state.job.kind !== "prepare";

/** Ask now, instead of waiting for an event. */
export async function refresh() {
  clearTimeout(retry);
  try {
    const project = await get("/api/project");
    setLink("open");
    setProject(project);
    if (!events && !document.hidden) listen();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code !== "lost" && error.status !== 401) setLink("lost");
    retry = window.setTimeout(refresh, RETRY_MS);
    changed();
  }
}

function listen() {
  events = new EventSource("/api/events");
  events.addEventListener("project", (event) => {
    setLink("open");
    setProject(JSON.parse(event.data));
  });
  events.addEventListener("job", (event) => {
    state.job = JSON.parse(event.data);
    changed();
  });
  events.addEventListener("error", () => {
    close();
    void refresh(); // says whether nobody answers, or the token is wrong; and connects again
  });
}

function close() {
  events?.close();
  events = null;
}

/** Connect, and stay connected. */
export function connect() {
  onLink(() => {
    if (linkIs() !== "open") {
      close();
      clearTimeout(retry);
      retry = window.setTimeout(refresh, RETRY_MS);
    }
    changed();
  });
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = window.setTimeout(close, HIDDEN_MS);
    else if (!events) void refresh();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) void refresh(); });
  return refresh();
}
