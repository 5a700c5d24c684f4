// @ts-check
// What the page can do besides being read; it is complete without this (docs/report.md). Names are only ever set as text.

/** @typedef {{name: string, truth: number, predicted: number, probability: number, thumb: number, x: number|null, y: number|null}} Picture */
/** @typedef {Picture & {x: number, y: number}} Point */
/** @typedef {{truth: number, predicted: number, count: number}} Cell */

const SVG = "http://www.w3.org/2000/svg";
const SAMPLES = 6; // of a class, beside a cell
const LISTED = 24; // of a cell that the page has no list of
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const data = JSON.parse(document.getElementById("data")?.textContent ?? "null") ?? { classes: [], pictures: [], cells: [] };
/** @type {string[]} */
const classes = data.classes;
/** @type {Picture[]} */
const pictures = data.pictures.map(
  (/** @type {[string|null, number, number, number, number, number|null, number|null]} */ [name, truth, predicted, probability, thumb, x, y]) => ({
    name: name ?? "a picture", truth, predicted, probability, thumb, x, y,
  }),
);
/** @type {Cell[]} */
const cells = data.cells.map((/** @type {number[]} */ [truth, predicted, count]) => ({ truth, predicted, count }));

/**
 * Make an element with properties and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} [properties]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** @param {string} text @param {() => void} act @param {Partial<HTMLButtonElement>} [properties] */
function button(text, act, properties = {}) {
  const made = element("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", act);
  return made;
}

/** A name in its own direction of writing. @param {number} label */
const nameOf = (label) => element("bdi", { textContent: classes[label] ?? "?" });

/**
 * What is in a cell, in the words of the page.
 * @param {Node|string} truth @param {Node|string} predicted @param {boolean} right @param {number} count
 */
const inWords = (truth, predicted, right, count) => [
  truth, ...(right ? [", correctly"] : [" taken for ", predicted]), `: ${count} ${count === 1 ? "picture" : "pictures"}`,
];

const live = element("p", { className: "live", role: "status" });
document.body.append(live);

// Tables that can be sorted

/** @param {HTMLTableElement} table */
function makeSortable(table) {
  for (const header of /** @type {NodeListOf<HTMLTableCellElement>} */ (table.querySelectorAll("thead th[data-sort]"))) {
    const names = [...header.childNodes];
    header.append(button("", () => sort(table, header)));
    header.lastElementChild?.append(...names);
  }
}

/** @param {HTMLTableElement} table @param {HTMLTableCellElement} header */
function sort(table, header) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const compare = header.dataset.sort === "number" ? byNumber : byText;
  const body = table.tBodies[0];
  const rows = [...(body?.rows ?? [])].map((row) => ({ row, value: valueOf(row.cells[header.cellIndex]) }));
  body?.append(...rows.sort((a, b) => compare(a.value, b.value, descending ? -1 : 1)).map(({ row }) => row));
}

/** @param {HTMLTableCellElement|undefined} cell */
const valueOf = (cell) => (cell?.dataset.value ?? cell?.textContent ?? "").trim();

const collator = new Intl.Collator("en", { numeric: true });

/** @param {string} a @param {string} b @param {number} sign */
const byText = (a, b, sign) => sign * collator.compare(a, b);

/** What is no number comes last, whichever the direction. @param {string} a @param {string} b @param {number} sign */
function byNumber(a, b, sign) {
  const [left, right] = [numberIn(a), numberIn(b)];
  return Number.isNaN(left) || Number.isNaN(right) ? Number(Number.isNaN(left)) - Number(Number.isNaN(right)) : sign * (left - right);
}

/** @param {string} text */
const numberIn = (text) => parseFloat(text.replace(/[\s,]/g, "").replace("−", "-"));

// Text that can be copied

/** @param {HTMLElement} code */
function makeCopyable(code) {
  const box = element("div", { className: "copyable" });
  code.replaceWith(box);
  const copy = button("Copy", async () => {
    const text = await copied(code) ? "Copied" : "Select the text and copy it";
    live.textContent = copy.textContent = text;
    setTimeout(() => { copy.textContent = "Copy"; live.textContent = ""; }, 2000);
  });
  box.append(copy, code);
}

/** @param {HTMLElement} code */
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}

// The pictures of a cell of the confusion matrix, in a dialog

const dialogBody = element("div", { className: "body" });
const dialogTitle = element("h2", { id: "dialog-title" });
const dialog = element("dialog", { className: "viewer" },
  element("header", {}, dialogTitle, button("Close", () => dialog.close())), dialogBody);
dialog.setAttribute("aria-labelledby", dialogTitle.id);
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
document.body.append(dialog);

/** @param {Picture} picture */
function thumbOf(picture) {
  const thumb = element("span", { className: `thumb t${picture.thumb}`, role: "img", ariaLabel: picture.name });
  return picture.thumb < 0 ? [] : [thumb];
}

/** @param {Picture[]} shown */
function gallery(shown) {
  const named = shown.every((picture) => picture.thumb < 0);
  return element("ul", { className: named ? "gallery names" : "gallery" }, ...shown.map((picture) => element("li", {}, ...thumbOf(picture),
    element("span", { className: "note", textContent: `probability ${picture.probability.toFixed(2)}` }),
    element("span", { className: "name", dir: "auto", textContent: picture.name }))));
}

/** A few pictures of a class that were recognised. @param {number} label */
function samples(label) {
  const written = document.querySelector(`#samples-${label} ul`)?.cloneNode(true);
  const right = pictures.filter((one) => one.truth === label && one.predicted === label && one.thumb >= 0).slice(0, SAMPLES);
  if (!written && !right.length) return [];
  const list = written ?? element("ul", {}, ...right.map((picture) => element("li", {}, ...thumbOf(picture))));
  return [element("section", { className: "class" }, element("h3", {}, "Pictures of ", nameOf(label)), list)];
}

/**
 * Show the pictures of a cell beside pictures of the two classes; first of all the one that was asked for.
 * @param {number} truth @param {number} predicted @param {Picture} [chosen]
 */
function openCell(truth, predicted, chosen) {
  const section = document.getElementById(`cell-${truth}-${predicted}`);
  const right = truth === predicted;
  const alike = pictures.filter((one) => one.truth === truth && one.predicted === predicted);
  const count = cells.find((cell) => cell.truth === truth && cell.predicted === predicted)?.count ?? alike.length;
  dialogTitle.replaceChildren(...inWords(nameOf(truth), nameOf(predicted), right, count));
  const inside = section
    ? [...section.children].filter((child) => !child.matches("h3, .close")).map((child) => child.cloneNode(true))
    : [gallery(alike.filter((one) => one !== chosen).slice(0, LISTED))];
  const compared = right ? [] : [...samples(truth), ...samples(predicted)];
  dialogBody.replaceChildren(
    element("div", { className: "inside" }, ...(chosen ? [element("div", { className: "chosen" }, ...thumbOf(chosen), ...described(chosen))] : []), ...inside),
    ...(compared.length ? [element("div", { className: "samples" }, ...compared)] : []));
  dialog.showModal();
  dialog.scrollTop = 0;
}

/** @param {Picture} picture */
function described({ name, truth, predicted, probability }) {
  const found = predicted < 0 ? ["not predicted"] : ["predicted: ", nameOf(predicted), ` with ${probability.toFixed(2)}`];
  const true_ = truth < 0 ? ["of no class"] : ["true: ", nameOf(truth)];
  const wrong = predicted >= 0 && truth >= 0 && predicted !== truth;
  return [
    element("strong", {}, element("bdi", { textContent: name })),
    element("span", {}, ...true_),
    element("span", { className: wrong ? "wrong" : "" }, ...found, wrong ? ", which is wrong" : ""),
  ];
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-cell]") : null;
  if (!(link instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [truth = -1, predicted = -1] = (link.dataset.cell ?? "").split("-").map(Number);
  openCell(truth, predicted);
});

// The confusion matrix as a grid that arrow keys move in

/** @param {HTMLTableElement} table */
function makeGrid(table) {
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "Confusion matrix: a row for each true class, a column for each predicted class");
  const readout = element("p", { className: "readout", textContent: `Point at a number, or move with the arrow keys, to read it${table.querySelector("a") ? "; a click or Enter opens its pictures" : ""}.` });
  (table.closest(".scroll") ?? table).after(readout);
  const grid = [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.querySelectorAll("td")].map((cell) => cell.querySelector("a") ?? cell));
  const places = grid.flat();
  for (const place of places) place.tabIndex = -1;
  let current = places.find((place) => place.matches("a")) ?? places[0];
  if (current) current.tabIndex = 0;

  /** @param {Event} event */
  const point = (event) => {
    const cell = event.target instanceof Element ? event.target.closest("tbody td") : null;
    for (const header of table.querySelectorAll("th.here")) header.classList.remove("here");
    if (!(cell instanceof HTMLTableCellElement)) return;
    const headers = [cell.parentElement?.querySelector("th"), table.tHead?.rows[0]?.cells[cell.cellIndex]];
    for (const header of headers) header?.classList.add("here");
    const [truth = "", predicted = ""] = headers.map((header) => element("bdi", { textContent: header?.textContent ?? "" }));
    readout.replaceChildren(...inWords(truth, predicted, cell.matches(".right"), Number(cell.textContent) || 0));
  };
  table.addEventListener("pointerover", point);
  table.addEventListener("focusin", (event) => {
    point(event);
    if (current) current.tabIndex = -1;
    current = places.find((place) => place === event.target) ?? current;
    if (current) current.tabIndex = 0;
  });
  table.addEventListener("keydown", (event) => {
    const row = grid.findIndex((line) => line.some((place) => place === event.target));
    const column = grid[row]?.findIndex((place) => place === event.target) ?? -1;
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    const last = (grid[row]?.length ?? 0) - 1;
    const to = right || down ? grid[row + down]?.[column + right]
      : event.key === "Home" ? grid[event.ctrlKey ? 0 : row]?.[0]
      : event.key === "End" ? grid[event.ctrlKey ? grid.length - 1 : row]?.[last]
      : undefined;
    if (to || right || down) event.preventDefault();
    to?.focus();
  });
}

// The confusion matrix of many classes, on a canvas

/** @param {HTMLElement} figure */
function drawMatrix(figure) {
  const canvas = element("canvas", { tabIndex: 0, role: "application" });
  canvas.setAttribute("aria-label", `Confusion matrix of ${classes.length} classes. Arrow keys move from cell to cell, Enter opens its pictures.`);
  const readout = element("p", { className: "readout", role: "status", textContent: "Rows are true classes, columns predicted ones." });
  const list = element("ul", { className: "of-class" });
  const chooser = element("select", {}, new Option("all classes", "-1"), ...classes.map((name, label) => new Option(name, String(label))));
  figure.append(element("label", { className: "chooser" }, "Show ", chooser), canvas, readout, list);
  /** @type {Cell|undefined} */
  let current;
  let shown = cells; // those of the class that was chosen

  const draw = () => {
    const size = canvas.clientWidth * devicePixelRatio;
    const ink = canvas.getContext("2d");
    if (!size || !ink) return;
    canvas.width = canvas.height = size;
    const step = size / classes.length;
    const style = getComputedStyle(document.documentElement);
    const most = Math.max(...cells.map((cell) => cell.count), 1);
    const bright = new Set(shown);
    /** @param {Cell} cell @param {number} least @returns {[number, number, number, number]} */
    const square = ({ truth, predicted }, least) => {
      const side = Math.max(step, least * devicePixelRatio);
      return [(predicted + 0.5) * step - side / 2, (truth + 0.5) * step - side / 2, side, side];
    };
    for (const cell of cells) {
      ink.globalAlpha = !bright.has(cell) ? 0.12 : 0.45 + (0.55 * Math.log1p(cell.count)) / Math.log1p(most);
      ink.fillStyle = style.getPropertyValue(cell.truth === cell.predicted ? "--series-1" : "--series-2");
      ink.fillRect(...square(cell, 3));
    }
    if (!current) return;
    ink.globalAlpha = 1;
    ink.strokeStyle = style.getPropertyValue("--ink");
    ink.lineWidth = 2 * devicePixelRatio;
    ink.strokeRect(...square(current, 12));
  };

  /** @param {Cell|undefined} cell */
  const select = (cell) => {
    if (!cell || cell === current) return;
    current = cell;
    readout.replaceChildren(...said(cell));
    draw();
  };

  /** @param {Cell} cell */
  const said = ({ truth, predicted, count }) => inWords(nameOf(truth), nameOf(predicted), truth === predicted, count);

  /** The cell nearest to the pointer, if it is near. @param {MouseEvent} event */
  const under = (event) => {
    const scale = classes.length / canvas.clientWidth;
    const [x, y] = [event.offsetX * scale - 0.5, event.offsetY * scale - 0.5];
    /** @param {Cell} cell */
    const away = (cell) => Math.max(Math.abs(cell.predicted - x), Math.abs(cell.truth - y));
    const near = nearest(shown, away);
    return near && away(near) <= Math.max(0.5, 8 * scale) ? near : undefined;
  };

  canvas.addEventListener("pointermove", (event) => select(under(event)));
  canvas.addEventListener("click", (event) => {
    const cell = under(event);
    select(cell);
    if (cell) openCell(cell.truth, cell.predicted);
  });
  canvas.addEventListener("focus", () => select(current ?? shown[0]));
  canvas.addEventListener("keydown", (event) => {
    const place = current ? shown.indexOf(current) : -1;
    const [right, down] = ARROWS[event.key] ?? [0, 0];
    if (event.key === "Enter" && current) openCell(current.truth, current.predicted);
    else if (right) select(shown[place + right]);
    else if (down && current) select(inNextRow(current, down));
    else if (event.key === "Home") select(shown[0]);
    else if (event.key === "End") select(shown[shown.length - 1]);
    else return;
    event.preventDefault();
  });

  /** The cell of the next row that has any, in the nearest column. @param {Cell} from @param {number} down */
  const inNextRow = (from, down) => nearest(shown.filter((cell) => (cell.truth - from.truth) * down > 0),
    (cell) => Math.abs(cell.truth - from.truth) * classes.length + Math.abs(cell.predicted - from.predicted));

  chooser.addEventListener("change", () => {
    const chosen = Number(chooser.value);
    shown = chosen < 0 ? cells : cells.filter((cell) => cell.truth === chosen || cell.predicted === chosen);
    current = undefined;
    const listed = chosen < 0 ? [] : [...shown].sort((a, b) => b.count - a.count);
    list.replaceChildren(...listed.map((cell) => {
      const open = button("", () => openCell(cell.truth, cell.predicted));
      open.append(...said(cell));
      return element("li", {}, open);
    }));
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(draw).observe(canvas);
}

/**
 * @template T
 * @param {T[]} from @param {(one: T) => number} distance
 * @returns {T|undefined}
 */
function nearest(from, distance) {
  let [best, least] = [/** @type {T|undefined} */ (undefined), Infinity];
  for (const one of from) {
    const away = distance(one);
    if (away < least) [best, least] = [one, away];
  }
  return best;
}

// The map of the pictures

/** @param {HTMLElement} figure */
function makeMap(figure) {
  const found = figure.querySelector("svg");
  if (!found) return;
  const svg = found;
  const points = /** @type {Point[]} */ (pictures.filter((one) => one.x !== null && one.y !== null));
  const view = { x: 0, y: 0, size: 1000 };
  /** @type {Set<number>} */
  const hidden = new Set();
  let onlyWrong = false;
  /** @type {Point|undefined} */
  let current;

  const mark = document.createElementNS(SVG, "path");
  mark.setAttribute("class", "mark");
  svg.append(mark);
  const readout = element("div", { className: "readout", role: "status" });
  const controls = element("div", { className: "controls" },
    button("+", () => zoom(1.5), { ariaLabel: "Zoom in" }), button("−", () => zoom(1 / 1.5), { ariaLabel: "Zoom out" }),
    button("Whole map", () => zoom(0)));
  const plane = element("div", { className: "plane" });
  svg.replaceWith(plane);
  plane.append(svg, controls, readout);
  plane.after(element("p", { className: "hint", textContent: "Drag to move; + and − zoom, or the wheel with Ctrl. Arrow keys go from picture to picture, Page Down through all of them; Enter or a click opens a picture." }));
  svg.setAttribute("role", "application");
  svg.setAttribute("tabindex", "0");

  /** @param {Picture} one */
  const isWrong = (one) => one.predicted >= 0 && one.predicted !== one.truth;
  const visible = () => points.filter((one) => !hidden.has(one.truth) && (!onlyWrong || isWrong(one)));
  /** @param {Point[]} shown */
  const path = (shown) => shown.map(({ x, y }) => `M${x} ${y}h0`).join("");

  const show = () => {
    view.x = Math.min(Math.max(view.x, 0), 1000 - view.size);
    view.y = Math.min(Math.max(view.y, 0), 1000 - view.size);
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.size} ${view.size}`);
    svg.style.setProperty("--zoom", String(1000 / view.size));
    svg.classList.toggle("zoomed", view.size < 1000);
  };

  /** Zoom by a factor about a point; 0 for all of it. @param {number} factor @param {{x: number, y: number}} [about] */
  const zoom = (factor, about = current ?? { x: view.x + view.size / 2, y: view.y + view.size / 2 }) => {
    const size = Math.min(Math.max(view.size / factor, 20), 1000);
    view.x = about.x - ((about.x - view.x) * size) / view.size;
    view.y = about.y - ((about.y - view.y) * size) / view.size;
    view.size = size;
    show();
  };

  /** @param {Point|undefined} point */
  const select = (point) => {
    current = point;
    mark.setAttribute("d", point ? path([point]) : "");
    readout.classList.toggle("above", !!point && point.y > view.y + view.size / 2); // it never covers the point
    readout.replaceChildren(...(point ? [...thumbOf(point), element("p", {}, ...described(point))] : []));
  };

  /** Select, and bring into view. @param {Point|undefined} point */
  const goTo = (point) => {
    if (!point) return;
    if (point.x < view.x || point.x > view.x + view.size) view.x = point.x - view.size / 2;
    if (point.y < view.y || point.y > view.y + view.size) view.y = point.y - view.size / 2;
    show();
    select(point);
  };

  /** The nearest picture that lies more in this direction than aside. @param {Point} from @param {[number, number]} direction */
  const beyond = (from, [right, down]) => {
    /** @param {Point} one */
    const ahead = (one) => (one.x - from.x) * right + (one.y - from.y) * down;
    /** @param {Point} one */
    const aside = (one) => Math.abs((one.x - from.x) * down) + Math.abs((one.y - from.y) * right);
    return nearest(visible().filter((one) => ahead(one) > 0 && aside(one) <= ahead(one)), (one) => ahead(one) + aside(one));
  };

  /** @param {Point|undefined} point */
  const open = (point) => { if (point && point.truth >= 0 && point.predicted >= 0) openCell(point.truth, point.predicted, point); };

  svg.addEventListener("keydown", (event) => {
    const shown = visible();
    const place = current ? shown.indexOf(current) : -1;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) {
      view.x += (arrow[0] * view.size) / 5;
      view.y += (arrow[1] * view.size) / 5;
      show();
    } else if (arrow) goTo(current ? beyond(current, arrow) : shown[0]);
    else if (event.key === "PageDown") goTo(shown[place + 1]);
    else if (event.key === "PageUp") goTo(shown[place - 1]);
    else if (event.key === "Home") goTo(shown[0]);
    else if (event.key === "End") goTo(shown[shown.length - 1]);
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") zoom(0);
    else if (event.key === "Enter") open(current);
    else if (event.key === "Escape") select(undefined);
    else return;
    event.preventDefault();
  });

  /** @param {{clientX: number, clientY: number}} event */
  const placeOf = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()?.inverse());

  /** The picture within a few pixels of the pointer. @param {PointerEvent} event */
  const under = (event) => {
    const { x, y } = placeOf(event);
    /** @param {Point} one */
    const away = (one) => Math.hypot(one.x - x, one.y - y);
    const near = nearest(visible(), away);
    return near && away(near) <= ((event.pointerType === "touch" ? 24 : 12) * view.size) / svg.clientWidth ? near : undefined;
  };

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== svg) return; // the page scrolls
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), placeOf(event));
  }, { passive: false });

  /** Fingers or the mouse button that are down. @type {Map<number, PointerEvent>} */
  const down = new Map();
  let moved = false;
  svg.addEventListener("pointerdown", (event) => {
    if (!down.size) moved = false;
    down.set(event.pointerId, event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return select(under(event) ?? current);
    const other = [...down.values()].find((one) => one.pointerId !== event.pointerId);
    const scale = view.size / svg.clientWidth;
    if (other) {
      const middle = placeOf({ clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2 });
      zoom(apart(event, other) / Math.max(apart(before, other), 1), middle);
      moved = true;
    } else if (moved || apart(event, before) > 4) {
      view.x -= (event.clientX - before.clientX) * scale;
      view.y -= (event.clientY - before.clientY) * scale;
      show();
      moved = true;
    } else return;
    down.set(event.pointerId, event);
  });
  /** @param {PointerEvent} a @param {PointerEvent} b */
  const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  svg.addEventListener("pointerup", (event) => {
    down.delete(event.pointerId);
    const point = moved ? undefined : under(event);
    const again = point === current;
    if (point) select(point);
    if (event.pointerType !== "touch" || again) open(point); // a finger does not hover: it shows first
  });
  svg.addEventListener("pointercancel", (event) => down.delete(event.pointerId));

  const filter = () => {
    for (const layer of /** @type {NodeListOf<SVGPathElement>} */ (svg.querySelectorAll(".points"))) {
      const label = Number(/class-(-?\d+)/.exec(layer.getAttribute("class") ?? "")?.[1]);
      layer.setAttribute("d", path(visible().filter((one) => one.truth === label)));
    }
    svg.querySelector(".ring")?.setAttribute("d", path(visible().filter(isWrong)));
    if (current && !visible().includes(current)) select(undefined);
  };

  const boxes = [...figure.querySelectorAll(".legend li")].map((item) => {
    const box = element("input", { type: "checkbox", checked: true });
    const label = Number(/** @type {HTMLElement} */ (item).dataset.class);
    box.addEventListener("change", () => { hidden[box.checked ? "delete" : "add"](label); filter(); });
    item.replaceChildren(element("label", {}, box, ...item.childNodes));
    return box;
  });
  /** @param {boolean} checked */
  const checkAll = (checked) => {
    for (const box of boxes) if (box.checked !== checked) box.click();
  };
  const wrong = element("input", { type: "checkbox" });
  wrong.addEventListener("change", () => { onlyWrong = wrong.checked; filter(); });
  figure.querySelector(".legend")?.before(element("p", { className: "choose" },
    button("All classes", () => checkAll(true)), button("No class", () => checkAll(false)),
    ...(points.some(isWrong) ? [element("label", {}, wrong, " only wrong ones")] : [])));
  show();
}

for (const table of document.querySelectorAll("table")) {
  if (table.matches("[data-sortable]")) makeSortable(table);
  if (table.matches(".confusion")) makeGrid(table);
}
for (const code of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("pre[data-copy]"))) makeCopyable(code);
const matrix = document.querySelector("figure#matrix");
if (matrix instanceof HTMLElement) drawMatrix(matrix);
const map = document.querySelector("figure#map");
if (map instanceof HTMLElement) makeMap(map);
