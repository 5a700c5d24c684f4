// The frame of the page: where one is, what can be undone, what goes on in the background; and files that are dropped anywhere.

/** @import {Given, Job, View} from "./types.js" */

import { redo, stopJob, undo } from "./actions.js";
import { modal, newsPlace, tell } from "./dialogs.js";
import { button, element, fill, icon, isField, progressBar, reconcile, say, setProgress, signButton } from "./dom.js";
import { choose, dropped, pasted } from "./intake.js";
import { banner } from "./link.js";
import { connect, onState, state } from "./state.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";
import { uploadPanel } from "./uploadpanel.js";
import { compareView } from "./view_compare.js";
import { labelView } from "./view_label.js";
import { picturesView } from "./view_pictures.js";
import { showView } from "./view_show.js";
import { trainView } from "./view_train.js";
import { tryView } from "./view_try.js";

/** @type {Record<string, (rest: string) => View>} */
const VIEWS = { pictures: picturesView, show: showView, train: trainView, label: labelView, try: tryView, compare: compareView };
const TABS = /** @type {const} */ (["pictures", "label", "train", "try", "compare"]);

const title = element("p", { className: "project" });
const undoHere = () => void (view?.undo ?? undo)();
const undoing = signButton("undo", "", undoHere);
const redoing = signButton("redo", "", redo);
const tabs = TABS.map((tab) => {
  const count = element("span", { className: "count" });
  const link = element("a", { href: `#/${tab}` }, icon(tab), element("span", { textContent: T.tabs[tab] }), count);
  return { tab, link, count };
});
const main = element("main", { id: "main", tabIndex: -1 });
const job = element("section", { className: "job", ariaLabel: T.job.title, hidden: true });
const problems = element("div", { className: "problems" });

/** @type {View|null} */
let view = null;
let at = "";

function frame() {
  const header = element("header", { className: "bar" },
    element("a", { className: "brand", href: "#/pictures", ariaLabel: T.brand }, element("img", { src: "icon.svg", alt: "", width: 28, height: 28 })), title,
    element("nav", { ariaLabel: T.tabs.views }, ...tabs.map(({ link }) => link)),
    element("div", { className: "undo" }, undoing, redoing));
  const skip = element("a", { className: "skip", href: "#main", textContent: T.skip });
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  document.getElementById("app")?.append(skip, header, banner(), problems, main,
    element("div", { className: "below" }, job, uploadPanel(), newsPlace()), overlay);
}

// Where one is

function route() {
  const [, tab = "", rest = ""] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(location.hash) ?? [];
  const make = VIEWS[tab];
  if (!make) return location.replace("#/pictures");
  if (`${tab}/${rest}` === at || !state.project) return;
  const isFirst = !at;
  at = `${tab}/${rest}`;
  view?.leave?.();
  view = make(safelyDecoded(rest));
  fill(main, view.node);
  document.title = `${view.title} – ${T.brand}`;
  const here = tab === "show" ? (/^(cell|mistakes)/.test(rest) ? "train" : "pictures") : tab;
  for (const { tab: one, link } of tabs) one === here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  view.update?.();
  if (isFirst) return;
  scrollTo({ top: 0, behavior: "instant" });
  if (!main.contains(document.activeElement)) focusHeading();
}

/** A screen reader says where it is. */
function focusHeading() {
  const heading = main.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** @param {string} text */
function safelyDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// What changed

function update() {
  const { project } = state;
  if (!project) return;
  say(title, project.name);
  title.title = project.folder;
  for (const [control, what, words] of /** @type {const} */ ([[undoing, project.undo, T.undo.undo], [redoing, project.redo, T.undo.redo]])) {
    control.ariaDisabled = String(!what);
    control.title = control.ariaLabel = what ? words(T.undo.step(what)) : control === undoing ? T.undo.nothing : T.undo.nothingAgain;
  }
  /** @type {Partial<Record<string, number>>} */
  const counts = { pictures: project.classes.reduce((sum, one) => sum + one.n, project.unlabelled), label: project.unlabelled };
  for (const { tab, count } of tabs) say(count, counts[tab] ? T.number(counts[tab] ?? 0) : "");
  updateJob();
  reconcile(problems, project.problems, (text) => text, (text) => element("p", { className: "caution", textContent: text, dir: "auto" }));
  route();
  const hadFocus = main.contains(document.activeElement);
  view?.update?.();
  if (hadFocus && document.activeElement === document.body) focusHeading(); // what had it is gone
}

/** The work that was seen to go on; its end is told once, also where the next has begun meanwhile. @type {Set<Job["id"]>} */
const awaited = new Set();

/** News of work that ended, where its own view does not show them. @param {Job|null} now @param {boolean} isElsewhere */
function tellEnd(now, isElsewhere) {
  if (now?.state === "running") awaited.add(now.id);
  else if (now && awaited.delete(now.id) && isElsewhere) {
    if (now.state === "failed") tell(now.message ?? T.job.failed, undefined, true);
    else if (now.state === "done" && now.kind !== "prepare") tell(T.job.ended[now.kind], { text: T.job.see, act: () => { location.hash = `#/${now.kind}`; } });
  }
}

const jobBar = progressBar(T.job.progress);
const jobText = element("p", {});
job.append(jobText, jobBar, button(T.stop, stopJob));

function updateJob() {
  const now = state.job;
  const isElsewhere = !now || !at.startsWith(now.kind);
  const isShown = now?.state === "running" && isElsewhere;
  tellEnd(now, isElsewhere);
  job.hidden = !isShown;
  if (!isShown || !now) return;
  say(jobText, T.job.line(now));
  setProgress(jobBar, now.done, now.total);
  const stop = job.querySelector("button");
  if (stop) stop.hidden = now.kind === "prepare";
}

// Files from anywhere

const overlay = element("div", { className: "overlay", ariaHidden: "true" });
const overlayText = element("p");
overlay.append(overlayText);
let depth = 0;

/** @param {DragEvent} event */
const hasFiles = (event) => !!event.dataTransfer?.types.includes("Files");

/** The class card under the pointer. @param {DragEvent} event */
function cardUnder(event) {
  const card = event.target instanceof Element ? event.target.closest("[data-label]") : null;
  return card instanceof HTMLElement ? card : null;
}

/** @param {HTMLElement|null} card */
function mark(card) {
  for (const other of main.querySelectorAll(".taking-drop")) other.classList.toggle("taking-drop", other === card);
  card?.classList.add("taking-drop");
  say(overlayText, card ? T.drop.into(card.dataset.label ?? "") : view?.takes?.() ?? T.drop.anywhere);
}

function takeDrops() {
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    document.body.classList.add("dropping");
    mark(cardUnder(event));
  });
  addEventListener("dragleave", (event) => {
    if (hasFiles(event) && (depth -= 1) <= 0) endDrop();
  });
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    mark(cardUnder(event));
  });
  addEventListener("drop", async (event) => {
    if (!event.dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    const label = cardUnder(event)?.dataset.label ?? null;
    endDrop();
    take(await dropped(event.dataTransfer), label);
  });
  addEventListener("paste", (event) => {
    const given = pasted(event.clipboardData);
    if (!given.length) return; // text, into a field
    event.preventDefault();
    take(given, null);
  });
}

function endDrop() {
  depth = 0;
  document.body.classList.remove("dropping");
  mark(null);
}

/** @param {Given[]} given @param {string|null} label */
function take(given, label) {
  if (document.querySelector("dialog[open]") || !given.length) return;
  if (view?.take) view.take(given, label);
  else upload(given, label);
}

// Keys

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (isField(event.target)) return;
  if (control && key === "z") event.shiftKey ? void redo() : undoHere();
  else if (control && key === "y") void redo();
  else if (control && key === "o") choose("files", (given) => take(given, null));
  else if (control || event.altKey) return;
  else if (event.key === "?") void showKeys();
  else if (!view?.key?.(event)) return;
  event.preventDefault();
});

const showKeys = () => modal(T.keys.title, () => element("dl", { className: "facts" },
  ...T.keys.all.map(([keys, what]) => element("div", {}, element("dt", {}, element("kbd", { textContent: keys })), element("dd", { textContent: what })))), "small");

frame();
takeDrops();
addEventListener("hashchange", () => {
  route();
  updateJob();
});
onState(update);
void connect();
