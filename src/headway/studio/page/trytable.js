// Answers about many pictures: a table to sort, and the same as CSV.

/** @import {Answer} from "./types.js" */
/** @import {Tried} from "./view_try.js" */

import { pathCell, textCell, toCsv } from "./csv.js";
import { button, element, icon, name } from "./dom.js";
import { sortable } from "./table.js";
import { T } from "./texts.js";

const LEADING = 2; // classes beside the first, in the file

/** @param {Tried[]} tried @param {(one: Tried) => void} show */
export function rowsNode(tried, show) {
  const table = sortable(T.try.caption(tried.length), T.try.heads,
    tried.map((one) => [
      button(name(one.given.name), () => show(one), { className: "link" }),
      one.answer ? name(one.answer.label) : element("span", { className: "wrong", textContent: one.trouble, dir: "auto" }),
      one.answer ? T.percent(one.answer.probability) : "–"]),
    tried.map(({ given, answer }) => [given.name, answer?.label ?? null, answer?.probability ?? null]), 2);
  return element("section", { className: "section rows" },
    element("div", { className: "buttons" }, button(element("span", {}, icon("download"), T.try.csv), () => save(csv(tried), "predictions.csv"))),
    element("div", { className: "scroll long", tabIndex: 0, role: "region", ariaLabel: T.try.results }, table));
}

/** @param {Tried[]} tried */
function csv(tried) {
  const others = Array.from({ length: LEADING }, (_, place) => [`class${place + 2}`, `probability${place + 2}`]).flat();
  const rows = tried.map(({ given, answer, trouble }) => [pathCell(given.name), answer ? textCell(answer.label) : "", answer?.probability ?? "",
    ...others.map((_, place) => otherCell(answer, place)), textCell(trouble)]);
  return toCsv([["path", "predicted_class", "probability", ...others, "reason"], ...rows]);
}

/** @param {Answer|null} answer @param {number} place */
function otherCell(answer, place) {
  const pair = answer?.top[1 + Math.floor(place / 2)];
  if (!pair) return "";
  return place % 2 ? pair[1] : textCell(pair[0]);
}

/** @param {string} text @param {string} fileName */
function save(text, fileName) {
  const link = element("a", { href: URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" })), download: fileName });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
