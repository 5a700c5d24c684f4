// What the model answers about a picture, as bars; and the way to say that it is wrong.

/** @import {Answer, Given} from "./types.js" */

import { askClass } from "./dialogs.js";
import { button, element, fill, name } from "./dom.js";
import { strip } from "./gallery.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";
import { openPicture } from "./viewer.js";

/** @param {[string, number][]} top */
export const bars = (top) => element("ol", { className: "bars" }, ...top.map(([label, probability]) => {
  const bar = element("span", { className: "bar-fill" });
  bar.style.width = `${(100 * probability).toFixed(1)}%`;
  return element("li", {}, element("span", { className: "bar-name" }, name(label)), element("span", { className: "bar-track" }, bar), element("span", { className: "bar-value", textContent: T.percent(probability) }));
}));

/** @param {Answer} answer @param {string} address of the picture in this browser @param {Given} given */
export function answerNode(answer, address, given) {
  const image = element("img", { className: "large", src: address, alt: given.name });
  image.addEventListener("error", () => image.replaceWith(element("p", { className: "remark", textContent: T.try.unseen }))); // such as HEIC
  const right = element("div", { className: "buttons" });
  const added = (/** @type {string} */ to) => {
    upload([given], to);
    fill(right, element("p", { className: "remark", role: "status", textContent: T.try.added(to) }));
  };
  fill(right,
    button(T.try.wrong, async () => {
      const to = await askClass(T.try.wrongTitle, answer.label);
      if (to) added(to);
    }),
    button(T.try.right(answer.label), () => added(answer.label)));
  return element("section", { className: "section answer", ariaLabel: T.try.answer },
    element("figure", { className: "stage" }, image, element("figcaption", {}, name(given.name))),
    element("div", { className: "about" },
      element("p", { className: "verdict-name", role: "status" }, name(answer.label), " ", element("span", { className: "remark", textContent: T.percent(answer.probability) })),
      bars(answer.top), right,
      answer.nearest.length > 0 && element("h2", { className: "minor", textContent: T.try.nearest }),
      answer.nearest.length > 0 && strip(answer.nearest, (picture) => void openPicture(picture))));
}
