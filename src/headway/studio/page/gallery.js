// Thousands of pictures that scroll smoothly: only those on the screen are elements, and pages of the list come when they are needed.
//
// The gallery is one stop of the Tab key; arrow keys move in it, and a screen reader follows the active descendant.

/** @import {Picture} from "./types.js" */

import { get, thumb } from "./api.js";
import { element, fill, icon, name } from "./dom.js";
import { T } from "./texts.js";

const PAGE = 120;
const MOST = 600; // pictures in one request, when all are chosen
const LEAST_WIDTH = 98;
const WIDTH = 148;
const GAP = 10;
const CAPTION = 44;
const AHEAD = 2; // rows beyond the screen

export class Gallery {
  /** @type {(Picture|undefined)[]} */
  #pictures = [];
  /** @type {Map<number, HTMLElement>} */
  #tiles = new Map();
  /** @type {Set<number>} */
  #asked = new Set();
  #edition = 0;
  #columns = 1;
  #side = WIDTH;
  #current = 0;
  #anchor = 0;
  #frame = 0;
  #observer;

  /**
   * @param {{view: string, label: string, ofClass?: string, onOpen: (place: number) => void, onChange: () => void}} options
   *   `onChange` is called when what is selected or how many there are changed.
   */
  constructor({ view, label, ofClass, onOpen, onChange }) {
    this.view = view;
    this.#ofClass = ofClass;
    this.total = /** @type {number|null} */ (null);
    /** @type {Map<string, Picture>} */
    this.selected = new Map();
    this.#onOpen = onOpen;
    this.#onChange = onChange;
    this.node = element("div", { className: "many", tabIndex: 0, role: "listbox", ariaLabel: label, ariaMultiSelectable: "true" });
    this.node.addEventListener("click", (event) => this.#click(event));
    this.node.addEventListener("keydown", (event) => this.#key(event));
    this.node.addEventListener("focus", () => this.#draw());
    this.#observer = new ResizeObserver(() => this.#later());
    this.#observer.observe(this.node);
    addEventListener("scroll", this.#later, { passive: true });
    addEventListener("resize", this.#later);
    void this.#fetch(0);
  }

  #onOpen;
  #onChange;
  #ofClass;

  leave() {
    this.#edition += 1;
    this.#observer.disconnect();
    removeEventListener("scroll", this.#later);
    removeEventListener("resize", this.#later);
    cancelAnimationFrame(this.#frame);
  }

  /** Ask again for what is shown; what is on the screen stays until the answer has come. */
  refresh() {
    this.#edition += 1;
    this.#asked.clear();
    const first = Math.floor(this.#range()[0] / PAGE);
    void this.#fetch(first);
  }

  /** @param {number} place */
  at(place) {
    if (!this.#pictures[place] && place < (this.total ?? 0)) void this.#fetch(Math.floor(place / PAGE));
    return this.#pictures[place];
  }

  async selectAll() {
    const total = this.total ?? 0;
    for (let offset = 0; offset < total; offset += MOST) {
      const answer = await get("/api/pictures", { view: this.view, offset, limit: MOST });
      for (const picture of answer.pictures) this.selected.set(picture.file, picture);
    }
    this.#selectionChanged();
  }

  clear() {
    this.selected.clear();
    this.#selectionChanged();
  }

  /** Where the keyboard is. @param {number} place */
  goTo(place) {
    this.#current = Math.min(Math.max(place, 0), Math.max((this.total ?? 0) - 1, 0));
    const top = this.node.getBoundingClientRect().top + Math.floor(this.#current / this.#columns) * this.#row();
    const [above, below] = [130, innerHeight - this.#row() - 90];
    if (top < above || top > below) scrollBy({ top: top - (top < above ? above : below), behavior: "instant" });
    this.#draw();
  }

  /** @param {number} page */
  async #fetch(page) {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const edition = this.#edition;
    const answer = await get("/api/pictures", { view: this.view, offset: page * PAGE, limit: PAGE }).catch(() => null);
    if (edition !== this.#edition) return;
    if (!answer) {
      this.#asked.delete(page);
      return;
    }
    if (this.total !== answer.total || this.#asked.size === 1) this.#pictures = this.#pictures.slice(0, answer.total);
    this.total = answer.total;
    answer.pictures.forEach((/** @type {Picture} */ picture, /** @type {number} */ place) => {
      this.#pictures[page * PAGE + place] = picture;
      if (this.selected.has(picture.file)) this.selected.set(picture.file, picture);
    });
    this.#current = Math.min(this.#current, Math.max(answer.total - 1, 0));
    this.#draw();
    this.#onChange();
  }

  #later = () => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  };

  #row = () => this.#side + CAPTION + GAP;

  /** Which pictures are on the screen, or near it. @returns {[number, number]} */
  #range() {
    const top = this.node.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / this.#row()) - AHEAD);
    const last = Math.ceil((innerHeight - top) / this.#row()) + AHEAD;
    return [first * this.#columns, Math.min(Math.max(last, 0) * this.#columns, this.total ?? 0)];
  }

  #draw() {
    const width = this.node.clientWidth;
    if (!width || this.total === null) return;
    const least = width < 560 ? LEAST_WIDTH : WIDTH;
    this.#columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
    this.#side = Math.floor((width - GAP * (this.#columns - 1)) / this.#columns);
    this.node.style.height = `${Math.ceil(this.total / this.#columns) * this.#row()}px`;
    const [first, last] = this.#range();
    const shown = new Set([this.#current]);
    for (let place = first; place < last; place += 1) shown.add(place);
    for (const [place, tile] of this.#tiles) if (!shown.has(place) || place >= this.total) { tile.remove(); this.#tiles.delete(place); }
    for (const place of [...shown].sort((a, b) => a - b)) if (place < this.total) this.#place(place);
    for (let page = Math.floor(first / PAGE); page * PAGE < last; page += 1) void this.#fetch(page);
    const current = this.#tiles.get(this.#current);
    if (current) this.node.setAttribute("aria-activedescendant", current.id);
    else this.node.removeAttribute("aria-activedescendant");
  }

  /** @param {number} place */
  #place(place) {
    const picture = this.#pictures[place];
    let tile = this.#tiles.get(place);
    if (!tile) {
      tile = element("div", { className: "tile", role: "option", id: `tile-${place}`, ariaPosInSet: String(place + 1) });
      this.#tiles.set(place, tile);
      const next = [...this.#tiles].filter(([other]) => other > place).sort(([a], [b]) => a - b)[0];
      this.node.insertBefore(tile, next?.[1] ?? null); // a screen reader reads in this order
    }
    tile.dataset.place = String(place);
    tile.ariaSetSize = String(this.total);
    tile.style.transform = `translate(${(place % this.#columns) * (this.#side + GAP)}px, ${Math.floor(place / this.#columns) * this.#row()}px)`;
    tile.style.width = `${this.#side}px`;
    tile.style.height = `${this.#side + CAPTION}px`;
    const isSelected = !!picture && this.selected.has(picture.file);
    tile.ariaSelected = String(isSelected);
    tile.classList.toggle("current", place === this.#current);
    const key = picture ? JSON.stringify([picture.file, picture.thumb, picture.label, picture.given, picture.left_out, picture.predicted, picture.probability]) : "";
    if (tile.dataset.key === key) return;
    tile.dataset.key = key;
    fill(tile, ...(picture ? contents(picture, this.#ofClass) : [element("span", { className: "frame" })]));
    tile.classList.toggle("left-out", !!picture?.left_out);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const tile = event.target instanceof Element ? event.target.closest(".tile") : null;
    if (!(tile instanceof HTMLElement)) return;
    const place = Number(tile.dataset.place);
    const isMark = event.target instanceof Element && !!event.target.closest(".mark");
    if (event.shiftKey) this.#selectTo(place);
    else if (isMark || event.ctrlKey || event.metaKey || this.selected.size) this.#toggle(place);
    else {
      this.goTo(place);
      this.#onOpen(place);
    }
  }

  /** @param {number} place */
  #toggle(place) {
    const picture = this.#pictures[place];
    if (!picture) return;
    if (!this.selected.delete(picture.file)) this.selected.set(picture.file, picture);
    this.#anchor = this.#current = place;
    this.#selectionChanged();
  }

  /** Select all from the last one to this. @param {number} place */
  #selectTo(place) {
    const [from, to] = [Math.min(this.#anchor, place), Math.max(this.#anchor, place)];
    for (const picture of this.#pictures.slice(from, to + 1)) if (picture) this.selected.set(picture.file, picture);
    this.#current = place;
    this.#selectionChanged();
  }

  #selectionChanged() {
    this.node.classList.toggle("selecting", this.selected.size > 0);
    this.#draw();
    this.#onChange();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const rows = Math.max(1, Math.floor((innerHeight - 200) / this.#row()));
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns, PageUp: -this.#columns * rows,
      PageDown: this.#columns * rows, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const control = event.ctrlKey || event.metaKey;
    if (step !== undefined) {
      const to = Math.min(Math.max(this.#current + step, 0), (this.total ?? 1) - 1);
      if (event.shiftKey && !this.selected.size) this.#anchor = this.#current;
      this.goTo(to);
      if (event.shiftKey) this.#selectTo(to);
    } else if (event.key === " ") this.#toggle(this.#current);
    else if (event.key === "Enter") this.#onOpen(this.#current);
    else if (event.key === "Escape" && this.selected.size) this.clear();
    else if (control && event.key.toLowerCase() === "a") void this.selectAll();
    else return;
    event.preventDefault();
  }
}

/** What a tile shows; where all are of one class, the name of the file and not that of the class. @param {Picture} picture @param {string} [ofClass] */
export function contents(picture, ofClass) {
  const image = element("img", { alt: picture.name, draggable: false, decoding: "async" });
  image.srcset = `${thumb(picture, 192)} 1x, ${thumb(picture, 384)} 2x`;
  image.addEventListener("load", () => image.classList.add("here"));
  const isWrong = picture.predicted !== null && picture.label !== null && picture.predicted !== picture.label;
  return [
    element("span", { className: "frame" }, image),
    element("span", { className: "mark" }, icon("check")),
    element("span", { className: "caption" },
      element("span", { className: "of" }, picture.left_out ? T.picture.leftOut : picture.label === null ? T.picture.noLabel : name(picture.label === ofClass ? picture.name : picture.label)),
      picture.predicted !== null && picture.probability !== null && (isWrong || picture.label === null)
        && element("span", { className: isWrong ? "wrong" : "" }, 
          element("span", { className: "arrow", ariaHidden: "true", textContent: "→ " }), element("span", { className: "unseen", textContent: T.picture.takenFor }),
          name(picture.predicted), T.picture.roughly(picture.probability)),
      picture.similarity !== undefined && element("span", { textContent: T.picture.similar(picture.similarity) }),
      picture.given !== null && picture.label !== null && picture.given !== picture.label && element("span", {}, T.picture.was, name(picture.given))),
  ];
}

/** A short row of pictures that opens one. @param {Picture[]} pictures @param {(picture: Picture) => void} open */
export const strip = (pictures, open) => element("ul", { className: "strip" }, ...pictures.map((picture) => {
  const opener = element("button", { type: "button", className: "tile" }, ...contents(picture).filter((one) => !one.matches(".mark")));
  opener.addEventListener("click", () => open(picture));
  return element("li", {}, opener);
}));
