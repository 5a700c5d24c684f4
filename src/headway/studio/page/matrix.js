// The confusion matrix: a grid that arrow keys move in; a cell leads to its pictures. Of many classes, the pairs that are confused most.

import { views } from "./api.js";
import { element, fill, name } from "./dom.js";
import { T } from "./texts.js";

const MOST_CLASSES = 30;
const DENSE = 12;
const PAIRS = 60;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {string} truth @param {string} predicted */
const hrefOf = (truth, predicted) => `#/show/${encodeURIComponent(views.ofCell(truth, predicted))}`;

/** @param {string[]} classes @param {number[][]} counts rows are true classes */
export const matrix = (classes, counts) => (classes.length > MOST_CLASSES ? pairs(classes, counts) : grid(classes, counts));

/** @param {string[]} classes @param {number[][]} counts */
function grid(classes, counts) {
  const readout = element("p", { className: "readout", textContent: T.matrix.hint });
  const head = element("tr", {}, element("td", { className: "corner", textContent: T.matrix.corner }),
    ...classes.map((label) => element("th", { scope: "col", title: label }, element("span", {}, name(label)))));
  const rows = classes.map((truth, row) => {
    const sum = (counts[row] ?? []).reduce((a, b) => a + b, 0);
    return element("tr", {}, element("th", { scope: "row", title: truth }, name(truth)), ...classes.map((predicted, column) => {
      const count = counts[row]?.[column] ?? 0;
      const cell = element("td", { className: count ? (row === column ? "right" : "wrong") : "" });
      if (!count) cell.append(element("span", { className: "zero", textContent: "·", ariaLabel: T.matrix.cell(truth, predicted, 0) }));
      else {
        cell.style.setProperty("--share", String(count / sum));
        cell.append(element("a", { href: hrefOf(truth, predicted), textContent: T.number(count), ariaLabel: T.matrix.cell(truth, predicted, count) }));
      }
      return cell;
    }));
  });
  const table = element("table", { className: `confusion${classes.length > DENSE ? " dense" : ""}`, role: "grid", ariaLabel: T.matrix.label },
    element("thead", {}, head), element("tbody", {}, ...rows));
  moveByArrows(table, (row, column) => {
    const [truth, predicted] = [classes[row] ?? "", classes[column] ?? ""];
    fill(readout, ...T.matrix.said(name(truth), name(predicted), row === column, counts[row]?.[column] ?? 0));
    for (const header of table.querySelectorAll("th.here")) header.classList.remove("here");
    table.tHead?.rows[0]?.cells[column + 1]?.classList.add("here");
    table.tBodies[0]?.rows[row]?.cells[0]?.classList.add("here");
  });
  return element("div", {}, element("div", { className: "scroll" }, table), readout);
}

/** @param {HTMLTableElement} table @param {(row: number, column: number) => void} point */
function moveByArrows(table, point) {
  const places = [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.querySelectorAll("td")].map((cell) => /** @type {HTMLElement} */ (cell.firstElementChild)));
  for (const place of places.flat()) place.tabIndex = -1;
  let current = places.flat().find((place) => place.matches("a")) ?? places[0]?.[0];
  if (current) current.tabIndex = 0;
  /** @param {EventTarget|null} target @returns {[number, number]} */
  const placeOf = (target) => {
    const cell = target instanceof Element ? target.closest("tbody td") : null;
    const row = places.findIndex((line) => line.some((one) => one.parentElement === cell));
    return [row, places[row]?.findIndex((one) => one.parentElement === cell) ?? -1];
  };
  const show = (/** @type {Event} */ event) => { const [row, column] = placeOf(event.target); if (row >= 0) point(row, column); };
  table.addEventListener("pointerover", show);
  table.addEventListener("focusin", (event) => {
    show(event);
    if (current) current.tabIndex = -1;
    current = event.target instanceof HTMLElement ? event.target : current;
    if (current) current.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    const [row, column] = placeOf(event.target);
    const arrow = ARROWS[event.key];
    const last = places.length - 1;
    const to = arrow ? places[row + arrow[1]]?.[column + arrow[0]]
      : event.key === "Home" ? places[event.ctrlKey ? 0 : row]?.[0]
      : event.key === "End" ? places[event.ctrlKey ? last : row]?.[last]
      : undefined;
    if (to || arrow) event.preventDefault();
    to?.focus();
  });
}

/** @param {string[]} classes @param {number[][]} counts */
function pairs(classes, counts) {
  const wrong = classes.flatMap((truth, row) => classes.flatMap((predicted, column) =>
    (row !== column && counts[row]?.[column] ? [{ truth, predicted, count: counts[row]?.[column] ?? 0 }] : [])))
    .sort((a, b) => b.count - a.count).slice(0, PAIRS);
  return element("div", { className: "scroll long", tabIndex: 0, role: "region", ariaLabel: T.matrix.pairs },
    element("table", { className: "left-2" }, element("caption", { textContent: T.matrix.pairs }),
      element("thead", {}, element("tr", {}, ...T.matrix.pairHeads.map((textContent) => element("th", { scope: "col", textContent })))),
      element("tbody", {}, ...wrong.map(({ truth, predicted, count }) => element("tr", {},
        element("th", { scope: "row" }, name(truth)), element("td", {}, name(predicted)),
        element("td", {}, element("a", { href: hrefOf(truth, predicted), textContent: T.number(count), ariaLabel: T.matrix.cell(truth, predicted, count) })))))));
}
