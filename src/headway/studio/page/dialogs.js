// Questions to the person, and short news that pass.

import { button, element, fieldWithButton, fill, name, signButton } from "./dom.js";
import { classNames } from "./state.js";
import { T } from "./texts.js";

const MANY = 12; // classes that are buttons without a field to search in
const NEWS_MS = 8000;

/**
 * Show a dialog until it is closed; the focus goes into it and back.
 * @param {string} title @param {(close: (value?: string) => void) => HTMLElement} make @param {string} [className]
 * @returns {Promise<string|null>} what it was closed with
 */
export function modal(title, make, className = "") {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const dialog = element("dialog", { className: `viewer ${className}` });
    /** @type {string|null} */
    let result = null;
    /** @param {string} [value] */
    const close = (value) => {
      result = value ?? null;
      dialog.close();
    };
    const heading = element("h2", { id: `dialog-${Date.now()}`, textContent: title, dir: "auto" });
    dialog.setAttribute("aria-labelledby", heading.id);
    const body = make(close);
    body.classList.add("body");
    dialog.append(element("header", {}, heading, signButton("close", T.close, () => close())), body);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
    const first = body.querySelector("input, .chips button, button");
    if (first instanceof HTMLElement) first.focus();
    if (first instanceof HTMLInputElement) first.select();
  });
}

/** Ask for a line of text. @param {{title: string, label: string, action: string, value?: string}} words */
export const askText = (words) => modal(words.title, (close) =>
  element("div", {}, fieldWithButton({ ...words, shown: true }, (text) => close(text))), "small");

/** Ask whether something is meant. @param {{title: string, text: string, action: string}} words */
export const confirmed = async (words) => (await modal(words.title, (close) => element("div", {},
  element("p", { textContent: words.text }),
  element("p", { className: "buttons" }, button(words.action, () => close("yes"), { className: "primary" }), button(T.cancel, () => close())))
, "small")) === "yes";

/** Ask for a class, or a new one. @param {string} title @param {string|null} [current] */
export const askClass = (title, current = null) => modal(title, (close) => classChooser((label) => close(label), current), "small");

/**
 * Buttons of all classes, and a field for a new one; of many classes, those that a text is found in.
 * @param {(label: string) => void} pick @param {string|null} [current]
 */
export function classChooser(pick, current = null) {
  const names = classNames();
  const chips = element("div", { className: "chips" });
  const show = (/** @type {string} */ text) => fill(chips, ...names
    .filter((one) => one.toLowerCase().includes(text.trim().toLowerCase()))
    .map((one) => button(name(one), () => pick(one), { ariaPressed: String(one === current) })));
  show("");
  const form = fieldWithButton({ label: T.classes.newOrFind(names.length > MANY), action: T.classes.use, shown: true }, pick);
  const field = form.querySelector("input");
  if (names.length > MANY) field?.addEventListener("input", () => show(field.value));
  return element("div", { className: "chooser" }, ...(names.length > MANY ? [form, chips] : [chips, form]));
}

// News

const news = element("div", { className: "news", role: "status" });
let passing = 0;

/** The place where news are shown and read out. */
export const newsPlace = () => news;

/**
 * Say something, with one thing that can be done about it.
 * @param {string} text @param {{text: string, act: () => void}} [action] @param {boolean} [isBad]
 */
export function tell(text, action, isBad = false) {
  clearTimeout(passing);
  const hide = () => fill(news);
  fill(news, element("div", { className: isBad ? "bad" : "" }, element("p", { textContent: text, dir: "auto" }),
    action && button(action.text, () => { hide(); action.act(); }),
    signButton("close", T.close, hide)));
  const wait = () => { passing = window.setTimeout(() => (news.matches(":hover, :focus-within") ? wait() : hide()), NEWS_MS); };
  if (!isBad) wait();
}
