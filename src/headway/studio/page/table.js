// Tables that are sorted by a click on a column.

import { button, element } from "./dom.js";

const collator = new Intl.Collator(undefined, { numeric: true });

/**
 * Make a table; `left` columns are texts, the others numbers.
 * @param {string} caption @param {string[]} heads @param {(Node|string)[][]} contents @param {(string|number|null)[][]} values @param {number} left
 */
export function sortable(caption, heads, contents, values, left = 1) {
  const body = element("tbody");
  const rows = contents.map((cells, place) => ({ values: values[place] ?? [], row: element("tr", {}, ...cells.map((content, column) =>
    (column ? element("td", {}, content) : element("th", { scope: "row" }, content)))) }));
  body.append(...rows.map(({ row }) => row));
  const headers = heads.map((text, column) => {
    const header = element("th", { scope: "col" }, button(text, () => sort(column)));
    header.dataset.sort = column < left ? "text" : "number";
    return header;
  });
  const sort = (/** @type {number} */ column) => {
    const header = headers[column];
    const sign = header?.ariaSort === "descending" ? 1 : header?.ariaSort === "ascending" ? -1 : column < left ? 1 : -1;
    for (const other of headers) other.removeAttribute("aria-sort");
    header?.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    rows.sort((a, b) => compare(a.values[column] ?? null, b.values[column] ?? null, sign));
    body.append(...rows.map(({ row }) => row));
  };
  return element("table", { className: `left-${left}` }, element("caption", { textContent: caption }), element("thead", {}, element("tr", {}, ...headers)), body);
}

/** What is missing comes last. @param {string|number|null} a @param {string|number|null} b @param {number} sign */
function compare(a, b, sign) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
}
