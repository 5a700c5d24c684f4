// The pictures of the project: classes as cards, what has no label yet, and what was noticed.

/** @import {Class, Finding, Picture, Project, View} from "./types.js" */

import { accept, addClass, removeClass, renameClass } from "./actions.js";
import { get, thumb, views } from "./api.js";
import { askText, confirmed } from "./dialogs.js";
import { button, element, fieldWithButton, fill, icon, name, reconcile, say, signButton } from "./dom.js";
import { emptyPage } from "./empty.js";
import { choose } from "./intake.js";
import { state } from "./state.js";
import { takePictures } from "./taking.js";
import { T } from "./texts.js";
import { offUploads, onUploads, upload, uploads } from "./uploads.js";

const THUMBS = 6; // of a class

/** @returns {View} */
export function picturesView() {
  const node = element("div", { className: "view pictures" });
  const summary = element("p", { className: "summary" });
  const leftOut = element("a", { href: "#/show/left-out", textContent: T.pictures.leftOut });
  const toFindings = button("", () => {
    noticed.scrollIntoView({ block: "start" });
    noticed.querySelector("a")?.focus({ preventScroll: true });
  }, { className: "link" });
  const next = element("div", { className: "next", hidden: true });
  const cards = element("ul", { className: "cards" });
  const tray = trayCard();
  const fresh = element("li", { className: "card new" }, element("h2", { textContent: T.classes.another }),
    fieldWithButton({ label: T.classes.name, placeholder: T.classes.nameHere, action: T.classes.add },
      async (text, field) => { if (await addClass(text)) field.value = ""; }));
  const findings = element("div", { className: "findings" });
  const noticed = element("section", { ariaLabel: T.findings.title, hidden: true }, element("h2", { textContent: T.findings.title }), findings);
  const full = element("div", { className: "full" },
    element("div", { className: "head" }, element("div", {}, element("h1", { textContent: T.pictures.title }), summary,
        element("p", { className: "links", role: "group", ariaLabel: T.pictures.more },
          element("a", { href: "#/show/all", textContent: T.pictures.all }), element("a", { href: "#/show/recent", textContent: T.pictures.recent }), leftOut, toFindings)),
      element("div", { className: "buttons" },
        button(T.pictures.addFolder, () => choose("folder", (given) => upload(given, null))),
        button(T.pictures.addFiles, () => choose("files", (given) => upload(given, null))))),
    next, cards, noticed);
  const empty = emptyPage();
  let nextShown = "";

  const update = () => {
    const { project } = state;
    if (!project) return;
    const isEmpty = !project.classes.length && !project.n && !project.unlabelled && !uploads.isRunning;
    const inside = isEmpty ? empty : full;
    const isNaming = inside === full && empty.contains(document.activeElement);
    if (node.firstElementChild !== inside) fill(node, inside);
    say(summary, T.pictures.summary(project));
    leftOut.hidden = !project.left_out;
    const step = nextStep(project);
    next.hidden = !step;
    if (step && step.key !== nextShown) fill(next, element("p", { textContent: step.text }), element("a", { className: "primary", href: step.href, textContent: step.action }));
    nextShown = step?.key ?? "";
    /** @type {{key: string, make: () => HTMLElement, update: (card: HTMLElement) => void}[]} */
    const items = [
      ...(project.unlabelled ? [{ key: "tray", make: () => tray, update: () => updateTray(tray, project) }] : []),
      ...project.classes.map((one) => ({ key: `class:${one.name}`, make: () => classCard(one), update: (/** @type {HTMLElement} */ card) => updateCard(card, one) })),
      { key: "new", make: () => fresh, update: () => {} },
    ];
    reconcile(cards, items, ({ key }) => key, ({ make }) => make(), (card, item) => item.update(card));
    if (isNaming) fresh.querySelector("input")?.focus(); // the next class
    noticed.hidden = toFindings.hidden = !project.findings.length;
    say(toFindings, T.findings.some(project.findings.length));
    reconcile(findings, project.findings, (one) => JSON.stringify(one), findingCard);
  };
  onUploads(update); // cards show their pictures when all are sent
  return { title: T.pictures.title, node, update, leave: () => offUploads(update) };
}

/** What to do next, if one thing is clear. @param {Project} project */
function nextStep(project) {
  const known = project.classes.filter((one) => one.n > 0).length;
  if (known >= 2 && !project.model) return { key: "train", text: T.next.train, href: "#/train", action: T.next.trainAction };
  if (project.model?.is_stale && known >= 2) return { key: "again", text: T.next.again, href: "#/train", action: T.next.againAction };
  if (project.unlabelled && project.classes.length >= 2) return { key: `label${project.unlabelled}`, text: T.next.label(project.unlabelled), href: "#/label", action: T.next.labelAction };
  return null;
}

/** @param {Class} one */
function classCard({ name: label }) {
  const card = element("li", { className: "card" });
  card.dataset.label = label;
  const link = element("a", { href: `#/show/${encodeURIComponent(views.ofClass(label))}`, title: label }, name(label)); // a long one is cut
  card.append(
    element("div", { className: "title" }, element("h2", {}, link), element("span", { className: "n" })),
    element("div", { className: "thumbs", ariaHidden: "true" }),
    element("div", { className: "tools" },
      signButton("add", T.classes.addTo(label), () => choose("files", (given) => upload(given, label))),
      signButton("camera", T.classes.cameraOf(label), () => void takePictures(label)),
      signButton("rename", T.classes.renameIt(label), () => void rename(label)),
      signButton("remove", T.classes.removeIt(label), () => void remove(label))));
  return card;
}

/** @param {string} label @returns {Promise<string|null>} the name that it has now */
export async function rename(label) {
  const to = await askText({ title: T.classes.renameIt(label), label: T.classes.name, action: T.classes.rename, value: label });
  return to && to !== label && await renameClass(label, to) ? to : null;
}

/** @param {string} label */
export async function remove(label) {
  const n = state.project?.classes.find((one) => one.name === label)?.n ?? 0;
  return (!n || await confirmed({ title: T.classes.removeIt(label), text: T.classes.removal(n), action: T.classes.remove })) && removeClass(label);
}

/** @param {HTMLElement} card @param {Class} one */
function updateCard(card, { name: label, n, left_out }) {
  const count = card.querySelector(".n");
  if (count) say(count, T.classes.count(n, left_out));
  void showThumbs(card, views.ofClass(label), `${n} ${left_out}`, n);
}

/** Show some pictures of a card, when it is near the screen. @param {HTMLElement} card @param {string} view @param {string} edition @param {number} n */
async function showThumbs(card, view, edition, n) {
  const place = card.querySelector(".thumbs");
  if (!place || card.dataset.edition === edition) return;
  if (uploads.isRunning && place.querySelectorAll("img").length === THUMBS) return; // the server has enough to do
  card.dataset.edition = edition;
  if (!n) return fill(place, element("span", { className: "none", textContent: T.classes.empty }));
  await near(card);
  const answer = await get("/api/pictures", { view, offset: 0, limit: THUMBS }).catch(() => null);
  if (card.dataset.edition !== edition) return;
  if (!answer) {
    delete card.dataset.edition; // once more, when something changes
    return;
  }
  fill(place, ...answer.pictures.map((/** @type {Picture} */ picture) => element("img", { src: thumb(picture, 192), alt: "", decoding: "async" })));
}

/** @param {Element} node */
const near = (node) => /** @type {Promise<void>} */ (new Promise((resolve) => {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    resolve();
  }, { rootMargin: "300px" });
  observer.observe(node);
}));

function trayCard() {
  return element("li", { className: "card tray" },
    element("div", { className: "title" }, element("h2", {}, element("a", { href: "#/show/unlabelled", textContent: T.tray.title })), element("span", { className: "n" })),
    element("div", { className: "thumbs", ariaHidden: "true" }),
    element("div", { className: "tools" }, element("a", { href: "#/label", className: "go" }, icon("label"), T.tray.label)));
}

/** @param {HTMLElement} card @param {Project} project */
function updateTray(card, { unlabelled }) {
  const count = card.querySelector(".n");
  if (count) say(count, T.pictures.n(unlabelled));
  void showThumbs(card, "unlabelled", String(unlabelled), unlabelled);
}

/** @param {Finding} finding */
function findingCard({ code, severity, name: title, text, n, proposals }) {
  return element("article", { className: `finding ${severity}` },
    element("div", {}, element("h3", {}, element("span", { className: "severity", textContent: T.findings.severity[severity] ?? severity }), element("span", { className: "name", textContent: title })),
      element("p", { textContent: text, dir: "auto" })),
    element("div", { className: "buttons" },
      n > 0 && element("a", { className: "button", href: `#/show/${encodeURIComponent(views.ofFinding(code))}`, textContent: T.findings.show(n), ariaLabel: `${T.findings.show(n)}: ${title}` }),
      proposals > 0 && button(T.findings.acceptAll(proposals), () => void accept(code), { ariaLabel: `${T.findings.acceptAll(proposals)}: ${title}` })));
}
