// Elements, and lists of them that change without losing the focus. Names are only ever set as text.

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * Make an element with properties and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...present(children));
  return made;
}

/** Those of the children that there are. @param {Child[]} children @returns {(Node|string)[]} */
const present = (children) => /** @type {(Node|string)[]} */ (children.filter((one) => one || one === ""));

/** Replace what is in an element. @param {Element} parent @param {...Child} children */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/** Set a text, if it is another: a screen reader reads what is set. @param {Element} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A name in its own direction of writing. @param {string} text */
export const name = (text) => element("bdi", { textContent: text });

/**
 * @param {Child} content
 * @param {(event: MouseEvent) => void} act
 * @param {Partial<HTMLButtonElement>} [properties]
 */
export function button(content, act, properties = {}) {
  const made = element("button", { type: "button", ...properties }, content);
  made.addEventListener("click", act);
  return made;
}

/** A button that shows a sign only; its name is read, and shown by the pointer. @param {string} sign @param {string} label @param {(event: MouseEvent) => void} act */
export const signButton = (sign, label, act) => button(icon(sign), act, { className: "sign", ariaLabel: label, title: label });

const SVG = "http://www.w3.org/2000/svg";
/** Lines on a square of 24. @type {Record<string, string>} */
const SIGNS = {
  pictures: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  train: "M5 19V9M12 19V5M19 19v-7",
  label: "M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01",
  try: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L20 20",
  compare: "M5 6h14M5 12h9M5 18h5",
  undo: "M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3",
  redo: "M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h3",
  add: "M12 5v14M5 12h14",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
  rename: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  remove: "M5 7h14M10 7V5h4v2M7 7l1 13h8l1-13M10 11v5M14 11v5",
  close: "M6 6l12 12M18 6L6 18",
  folder: "M4 18V6h6l2 2h8v10z",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  check: "M5 13l5 5 9-12",
  back: "M14 6l-6 6 6 6",
  next: "M10 6l6 6-6 6",
};

/** @param {string} sign */
export function icon(sign) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[sign] ?? "");
  svg.append(path);
  return svg;
}

/**
 * Make the children of a list those of its items; a child stays the same element as long as its item has the same key.
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(node: HTMLElement, item: T) => void} [update]
 */
export function reconcile(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key, /** @type {HTMLElement} */ (child)]));
  items.forEach((item, place) => {
    const key = keyOf(item);
    const node = known.get(key) ?? make(item);
    node.dataset.key = key;
    known.delete(key);
    update?.(node, item);
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  });
  for (const node of known.values()) node.remove();
}

/** How far something is, as a bar. @param {string} label */
export function progressBar(label) {
  const bar = element("progress", { max: 1 });
  bar.setAttribute("aria-label", label);
  return bar;
}

/** @param {HTMLProgressElement} bar @param {number} done @param {number|null} total */
export function setProgress(bar, done, total) {
  if (total) [bar.max, bar.value] = [total, Math.min(done, total)];
  else bar.removeAttribute("value");
}

/**
 * A field with a button: Enter in it is the button.
 * @param {{label: string, placeholder?: string, action: string, value?: string, shown?: boolean}} words
 * @param {(text: string, field: HTMLInputElement) => void} act
 */
export function fieldWithButton({ label, placeholder = "", action, value = "", shown = false }, act) {
  const field = element("input", { type: "text", value, placeholder, maxLength: 100, autocomplete: "off", spellcheck: false, dir: "auto" });
  const words = element("label", {}, element("span", { className: shown ? "" : "unseen", textContent: label }), field);
  const form = element("form", { className: "field" }, words, element("button", { type: "submit", textContent: action }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text) act(text, field);
    else field.focus();
  });
  return form;
}

/** Whether somebody is writing there. @param {EventTarget|null} target */
export const isField = (target) => target instanceof HTMLElement && target.matches("input:not([type=checkbox],[type=file]), textarea, select");
