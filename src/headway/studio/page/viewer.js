// One picture, large: what it is said to be, what the model takes it for, and what is like it.

/** @import {Picture} from "./types.js" */

import { accept, keep, label, leaveOut, putBack } from "./actions.js";
import { get, large } from "./api.js";
import { askClass, modal } from "./dialogs.js";
import { button, element, fill, name, signButton } from "./dom.js";
import { strip } from "./gallery.js";
import { T } from "./texts.js";

const SIMILAR = 8;

/**
 * Open a picture; with `at`, others can be gone to from it.
 * @param {Picture} picture
 * @param {{place?: number, at?: (place: number) => Picture|undefined, total?: () => number, finding?: string|number, proposes?: boolean}} [among]
 */
export function openPicture(picture, { place = 0, at, total, finding, proposes = false } = {}) {
  let current = picture;
  let listed = picture.file; // at `place`, when it was gone to
  return modal(T.picture.title, () => {
    const image = element("img", { className: "large" });
    const facts = element("dl", { className: "facts" });
    const acts = element("div", { className: "buttons" });
    const similar = element("div", { className: "similar" });
    const where = element("span", { className: "where", role: "status" });

    const show = () => {
      image.src = large(current.file);
      image.alt = current.name;
      fill(facts, ...described(current));
      fill(acts,
        button(T.picture.labelAs, async () => {
          const to = await askClass(T.picture.labelAs, current.label);
          if (to && await label([current.file], to, finding)) became({ label: to });
        }, { className: "primary" }),
        proposes && finding !== undefined && button(T.picture.accept, () => accept(finding, [current.file])),
        current.left_out
          ? button(T.picture.putBack, async () => { if (await putBack([current.file])) became({ left_out: false }); })
          : button(T.picture.leaveOut, async () => { if (await leaveOut([current.file], finding)) became({ left_out: true }); }),
        (finding !== undefined || isDoubted(current)) && button(T.picture.keep, () => keep([current.file], finding)));
      fill(similar, button(T.picture.showSimilar, () => showSimilar()));
      if (total) where.textContent = T.picture.where(place + 1, total());
    };
    const became = (/** @type {Partial<Picture>} */ change) => {
      current = { ...current, ...change };
      show();
    };
    const showSimilar = async () => {
      const { file } = current;
      fill(similar, element("p", { textContent: T.picture.looking }));
      const answer = await get("/api/similar", { file, n: SIMILAR }).catch((error) => error);
      if (file !== current.file) return;
      const found = answer.pictures ? strip(answer.pictures, (one) => { current = one; show(); }) : element("p", { textContent: answer.message });
      fill(similar, element("h3", { textContent: T.picture.similarTitle }), found);
    };
    const go = (/** @type {number} */ step) => {
      const isGone = step > 0 && at?.(place)?.file !== listed; // it was corrected: the next stands in its place
      const to = isGone ? place : place + step;
      const next = at?.(to);
      if (!next) return;
      place = to;
      current = next;
      listed = next.file;
      show();
    };

    show();
    const body = element("div", { className: "one" },
      element("div", { className: "stage" }, image, at && element("div", { className: "steps" },
        signButton("back", T.picture.previous, () => go(-1)), where, signButton("next", T.picture.next, () => go(1)))),
      element("div", { className: "about" }, facts, acts, similar));
    body.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") go(-1);
      else if (event.key === "ArrowRight") go(1);
    });
    return body;
  }, "wide");
}

/** @param {Picture} picture */
const isDoubted = ({ predicted, label: given }) => predicted !== null && given !== null && predicted !== given;

/** @param {Picture} picture */
function described({ file, label: label_, given, left_out, predicted, probability, width, height }) {
  const rows = [
    [T.picture.class, left_out ? T.picture.leftOut : label_ === null ? T.picture.noLabel : name(label_)],
    given !== null && label_ !== null && given !== label_ ? [T.picture.before, name(given)] : null,
    predicted !== null ? [T.picture.predicted, element("span", {}, name(predicted), probability === null ? "" : ` ${T.percent(probability)}`)] : null,
    [T.picture.file, name(file)],
    width && height ? [T.picture.size, `${width} × ${height}`] : null,
  ];
  return rows.flatMap((row) => (row ? [element("div", {}, element("dt", {}, row[0]), element("dd", {}, row[1]))] : []));
}
