// Labelling from the keyboard: the pictures that are most useful next, one at a time.

/** @import {Change, Given, Picture, View} from "./types.js" */

import { attempt, undo } from "./actions.js";
import { Failure, get, large, post } from "./api.js";
import { button, element, fieldWithButton, fill, icon, name, say } from "./dom.js";
import { choose } from "./intake.js";
import { classNames, state } from "./state.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";

const AT_ONCE = 20;
const LEAST = 6; // then more are asked for
const KEYS = 9;

/** Here the names of folders are no classes. @param {Given[]} given */
const addUnlabelled = (given) => upload(given.map(({ file, name: path }) => ({ file, name: path.split("/").pop() ?? path })), null);

/** @returns {View} */
export function labelView() {
  /** @type {Picture[]} */
  let queue = [];
  /** @type {Record<string, string>} */
  let guesses = {};
  /** @type {Set<string>} those that were labelled or skipped here */
  const passed = new Set();
  let n = 0;
  let isAsking = false;
  let isLeft = false;
  let isExhausted = false;
  let isReady = true;
  let askedAt = "";

  const image = element("img", { className: "large", decoding: "async" });
  const guess = element("p", { className: "guess" });
  const chips = element("div", { className: "chips", role: "group", ariaLabel: T.label.classes });
  const counts = element("p", { className: "summary", role: "status" });
  const bar = element("progress", { ariaLabel: T.label.progress });
  const work = element("div", { className: "labelling" },
    element("figure", { className: "stage" }, image),
    element("div", { className: "about" }, guess, chips,
      fieldWithButton({ label: T.label.newClass, placeholder: T.label.newClass, action: T.label.use },
        (text, field) => { field.value = ""; field.blur(); give(text); }),
      element("div", { className: "buttons" }, button(T.label.skip, () => skip()), button(T.picture.leaveOut, () => drop()), button(element("span", {}, icon("undo"), T.undo.short), () => void back())),
      element("p", { className: "remark hint", textContent: T.label.hint })));
  const nothing = element("div", { className: "nothing" });
  const node = element("div", { className: "view label" },
    element("div", { className: "head" }, element("div", {}, element("h1", { textContent: T.label.title }), counts), bar), work, nothing);

  const show = () => {
    const { project } = state;
    const picture = queue[0];
    work.hidden = !picture;
    nothing.hidden = !!picture || isAsking;
    const left = project?.unlabelled ?? 0;
    say(counts, T.label.counts(n, left));
    [bar.max, bar.value, bar.hidden] = [Math.max(n + left, 1), n, !left && !n];
    if (!picture) {
      const why = left ? T.label.skipped : project?.n ? T.label.none : T.label.noPictures;
      if (why === nothing.firstChild?.textContent) return; // what has the focus keeps it
      fill(nothing, element("p", { className: "lead", textContent: why }),
        ...(left ? [button(T.label.again, () => void askForSkipped(), { className: "primary" })] : [
          element("p", { textContent: T.label.add }),
          element("div", { className: "buttons" },
            button(T.pictures.addFolder, () => choose("folder", addUnlabelled)), button(T.pictures.addFiles, () => choose("files", addUnlabelled)))]));
      return;
    }
    const source = large(picture.file);
    if (!image.src.endsWith(source)) image.src = source;
    image.alt = picture.name;
    const guessed = guesses[picture.file];
    if (guessed === undefined) fill(guess, T.label.which);
    else fill(guess, ...T.label.guess(name(guessed)));
    const names = classNames();
    const key = JSON.stringify([names, guessed]);
    if (chips.dataset.key !== key) {
      chips.dataset.key = key;
      fill(chips, ...names.map((one, place) => button(element("span", {}, place < KEYS && element("kbd", { textContent: String(place + 1), ariaHidden: "true" }), name(one)),
        (event) => {
          if (event.detail && event.currentTarget instanceof HTMLElement) event.currentTarget.blur(); // Space is to skip then, not to press it again
          give(one);
        }, { className: one === guessed ? "guessed" : "" })));
    }
    for (const next of queue.slice(1, 3)) new Image().src = large(next.file);
  };

  const more = async () => {
    if (isAsking) return;
    [isAsking, askedAt] = [true, stageNow()];
    try {
      const answer = await get("/api/suggest", { n: AT_ONCE + passed.size });
      if (answer.is_ready && !isReady) queue.length = Math.min(queue.length, 1); // the others are in no order
      isReady = answer.is_ready;
      const known = new Set(queue.map((one) => one.file));
      const fresh = answer.pictures.filter((/** @type {Picture} */ one) => !known.has(one.file) && !passed.has(one.file));
      queue.push(...fresh);
      isExhausted = !fresh.length;
      guesses = { ...guesses, ...answer.guess };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    isAsking = false;
    if (isLeft) return;
    show();
    askAgain();
  };
  /** Before anything is known of the pictures, they come without guesses: what goes on may have changed that. */
  const askAgain = () => { if (!isReady && askedAt !== stageNow()) void more(); };

  /** Ask for those that were skipped, once the server knows which were not. */
  const askForSkipped = async () => {
    await told;
    passed.clear();
    await more();
  };

  /** The next one. @returns {Picture|undefined} the one that was shown */
  const advance = () => {
    const picture = queue.shift();
    if (picture) passed.add(picture.file);
    if (queue.length < LEAST && !isExhausted) void more();
    show();
    return picture;
  };
  /** Put a picture back to the front. @param {Picture} picture */
  const again = (picture) => {
    passed.delete(picture.file);
    queue = [picture, ...queue.filter((one) => one.file !== picture.file)];
    show();
  };
  /** @type {Picture[]} */
  const given = [];
  /** What the server was told last: one after the other, as it is to be undone. */
  let told = Promise.resolve();
  const act = (/** @type {(file: string) => Promise<boolean>} */ how) => {
    const picture = advance(); // at once: the next is there while the server writes
    if (!picture) return;
    n += 1;
    given.push(picture);
    told = told.then(async () => {
      if (await how(picture.file)) return show();
      n -= 1;
      given.splice(given.indexOf(picture), 1);
      again(picture);
    });
  };
  const decide = (/** @type {Change} */ change) => attempt(() => post("/api/decide", { changes: [change] })); // the next picture says that it is done
  const give = (/** @type {string} */ to) => act((file) => decide({ file, decision: "label", to }));
  const drop = () => act((file) => decide({ file, decision: "drop" }));
  const skip = () => { advance(); };
  const back = async () => {
    await told;
    const picture = given.pop();
    if (!picture) return;
    await undo();
    n -= 1;
    again(picture);
  };

  let unlabelled = state.project?.unlabelled ?? 0;
  void more();
  return {
    title: T.label.title, node,
    update: () => {
      const now = state.project?.unlabelled ?? 0;
      if (now > unlabelled) {
        isExhausted = false;
        if (queue.length < LEAST) void more();
      }
      unlabelled = now;
      show();
      askAgain();
    },
    leave: () => { isLeft = true; },
    takes: () => T.drop.unlabelled,
    take: addUnlabelled,
    undo: () => (given.length ? back() : undo()),
    key: (event) => {
      if (!queue.length || event.repeat) return false;
      const names = classNames();
      const number = Number(event.key);
      const onButton = event.target instanceof Element && !!event.target.closest("button, a");
      if (number >= 1 && number <= KEYS) { const one = names[number - 1]; if (one) give(one); }
      else if (event.key === "Enter" && !onButton) { const one = guesses[queue[0]?.file ?? ""]; if (one) give(one); else return false; }
      else if ((event.key === " " && !onButton) || event.key === "ArrowRight") skip();
      else if (event.key === "Backspace") void back();
      else if (event.key === "Delete") drop();
      else return letter(event.key, names, chips, give);
      return true;
    },
  };
}

/** How far the work in the background is. */
const stageNow = () => (state.job ? `${state.job.id} ${state.job.stage} ${state.job.state}` : "");

/** A first letter is the class, if it is of one only; of several, the focus goes from one to the next. @param {string} key @param {string[]} names @param {HTMLElement} chips @param {(label: string) => void} give */
function letter(key, names, chips, give) {
  if ([...key].length !== 1 || key === " ") return false;
  const places = names.flatMap((one, place) => (one.toLowerCase().startsWith(key.toLowerCase()) ? [place] : []));
  if (!places.length) return false;
  const buttons = chips.querySelectorAll("button");
  const now = [...buttons].findIndex((one) => one === document.activeElement);
  const to = places.find((place) => place > now) ?? places[0] ?? 0;
  if (places.length === 1) give(names[to] ?? "");
  else buttons[to]?.focus();
  return true;
}
