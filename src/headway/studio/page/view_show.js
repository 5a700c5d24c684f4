// A gallery of pictures: of a class, without a label, of a finding, of a cell of the confusion matrix; some are chosen, and something is done.

/** @import {View} from "./types.js" */

import { accept, keep, label, leaveOut, putBack } from "./actions.js";
import { askClass } from "./dialogs.js";
import { button, element, fill, icon, name, say } from "./dom.js";
import { Gallery } from "./gallery.js";
import { choose } from "./intake.js";
import { state } from "./state.js";
import { takePictures } from "./taking.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";
import { openPicture } from "./viewer.js";
import { remove, rename } from "./view_pictures.js";
import { views } from "./api.js";

/** @param {string} view as the server names it @returns {View} */
export function showView(view) {
  const { kind, words, label: ofClass, code } = parts(view);
  const find = () => state.project?.findings.find((one) => String(one.code) === code);
  const finding = find()?.code ?? code;
  const heading = element("h1", {}, ...(code === undefined ? words : [find()?.title ?? T.findings.title]));
  const count = element("p", { className: "summary", role: "status" });
  const nothing = element("p", { className: "nothing", hidden: true, textContent: T.show.nothing });
  const title = heading.textContent ?? "";

  const gallery = new Gallery({
    view, label: title, ofClass,
    onOpen: (place) => {
      const picture = gallery.at(place);
      if (!picture) return;
      void openPicture(picture, { place, at: (one) => { const found = gallery.at(one); if (found) gallery.goTo(one); return found; }, total: () => gallery.total ?? 0, finding })
        .then(() => gallery.node.focus({ preventScroll: true }));
    },
    onChange: () => changed(),
  });

  const files = () => [...gallery.selected.keys()];
  /** @param {Promise<boolean>} done */
  const after = async (done) => { if (await done) gallery.clear(); };
  const chosen = element("span", { className: "n", role: "status" });
  const back = button(T.picture.putBack, () => after(putBack(files())));
  const propose = button(T.show.accept, () => after(accept(finding ?? "", files())));
  const right = button(T.picture.keep, () => after(keep(files(), finding)));
  const bar = element("div", { className: "selection", hidden: true, role: "toolbar", ariaLabel: T.show.toolbar }, chosen,
    button(T.picture.labelAs, async () => {
      const to = await askClass(T.show.labelThem(gallery.selected.size));
      if (to) await after(label(files(), to, finding));
    }, { className: "primary" }),
    code !== undefined && propose,
    button(T.picture.leaveOut, () => after(leaveOut(files(), finding))),
    back, right,
    button(T.show.clear, () => { gallery.clear(); gallery.node.focus({ preventScroll: true }); }));

  const changed = () => {
    const n = gallery.selected.size;
    bar.hidden = !n;
    say(chosen, T.show.selected(n));
    back.hidden = ![...gallery.selected.values()].some((one) => one.left_out);
    right.hidden = code === undefined && !["cell", "mistakes"].includes(kind);
    if (gallery.total !== null) say(count, T.show.count(gallery.total));
    nothing.hidden = gallery.total !== 0;
  };

  let revision = state.project?.revision;
  let job = state.job?.state;
  const explained = element("p", { className: "lead", dir: "auto" });
  const node = element("div", { className: "view show" },
    element("a", { className: "back", href: kind === "cell" || kind === "mistakes" ? "#/train" : "#/pictures" }, icon("back"), kind === "cell" || kind === "mistakes" ? T.show.backToResult : T.show.back),
    element("div", { className: "head" }, element("div", {}, heading, count), element("div", { className: "buttons" },
      ...(ofClass === undefined ? [] : classButtons(ofClass)),
      kind === "unlabelled" && element("a", { className: "button primary", href: "#/label", textContent: T.tray.label }),
      button(T.show.all, () => void gallery.selectAll()))),
    explained, gallery.node, nothing, element("p", { className: "remark hint", textContent: T.show.hint }), bar);

  return {
    title, node,
    update: () => {
      fill(explained, find()?.text ?? (kind === "cell" ? T.show.cell : ""));
      if (state.project?.revision === revision && state.job?.state === job) return;
      revision = state.project?.revision;
      job = state.job?.state;
      gallery.refresh();
    },
    leave: () => gallery.leave(),
    takes: () => (ofClass === undefined ? T.drop.anywhere : T.drop.into(ofClass)),
    take: (given, label_) => upload(given, label_ ?? ofClass ?? null),
    key: (event) => {
      if (event.key === "Delete" && gallery.selected.size) void after(leaveOut(files(), finding));
      else if (event.key.toLowerCase() === "l" && gallery.selected.size) /** @type {HTMLElement|null} */ (bar.querySelector("button"))?.click();
      else return false;
      return true;
    },
  };
}

/** @param {string} label */
function classButtons(label) {
  const gone = (/** @type {string|null} */ to) => { location.hash = to === null ? "#/pictures" : `#/show/${encodeURIComponent(views.ofClass(to))}`; };
  return [
    button(T.show.add, () => choose("files", (given) => upload(given, label)), { className: "primary" }),
    button(T.show.camera, () => void takePictures(label)),
    button(T.classes.rename, async () => { const to = await rename(label); if (to) gone(to); }),
    button(T.classes.remove, async () => { if (await remove(label)) gone(null); }),
  ];
}

/** What a view is of. @param {string} view @returns {{kind: string, words: (string|Node)[], label?: string, code?: string}} */
function parts(view) {
  const [kind = "", first = "", second = ""] = view.split(":");
  const decoded = (/** @type {string} */ text) => { try { return decodeURIComponent(text); } catch { return text; } };
  if (kind === "class") return { kind, words: [name(decoded(first))], label: decoded(first) };
  if (kind === "cell") return { kind, words: T.show.ofCell(name(decoded(first)), name(decoded(second)), first === second) };
  if (kind === "finding") return { kind, words: [], code: first };
  return { kind, words: [T.show.titles[kind] ?? T.pictures.title] };
}
