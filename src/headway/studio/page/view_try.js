// Trying the model: a picture, many of them as a table, or what the camera sees.

/** @import {Answer, Given, View} from "./types.js" */

import { answerNode, bars } from "./answer.js";
import { Failure, send } from "./api.js";
import { Camera } from "./camera.js";
import { button, element, fill, icon, progressBar, say, setProgress } from "./dom.js";
import { choose } from "./intake.js";
import { state } from "./state.js";
import { T } from "./texts.js";
import { rowsNode } from "./trytable.js";

const EVERY_MS = 200; // between two questions of the camera
const LIVE_PIXELS = 640;
const AT_ONCE = 2;

/** @typedef {{given: Given, answer: Answer|null, trouble: string}} Tried */

/** @param {Blob} picture @param {string} name @param {AbortSignal} [signal] @returns {Promise<Answer>} */
const ask = (picture, name, signal) => send("/api/try", picture, { query: { name }, signal });

/** What the server says, which begins with the name: here that stands beside it. @param {Failure} error @param {string} name */
const reasonOf = ({ message }, name) => (message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message);

/** @returns {View} */
export function tryView() {
  const camera = new Camera();
  const live = element("div", { className: "live-answer" });
  const liveName = element("p", { className: "readout", role: "status" });
  const cameraPart = element("section", { className: "section live", hidden: true, ariaLabel: T.try.camera });
  const zone = element("section", { className: "dropzone slim" }, icon("try"), element("p", { className: "call", textContent: T.try.drop }),
    element("div", { className: "buttons" },
      button(T.try.choose, () => choose("files", (given) => void take(given)), { className: "primary" }),
      button(T.try.folder, () => choose("folder", (given) => void take(given))),
      button(T.try.camera, () => void startCamera())));
  const noModel = element("section", { className: "section" }, element("p", { className: "lead", textContent: T.try.noModel }),
    element("p", {}, element("a", { className: "button primary", href: "#/train", textContent: T.try.toTrain })));
  const stale = element("p", { className: "caution", textContent: T.result.stale });
  const bar = progressBar(T.try.progress);
  const progress = element("div", { className: "running", hidden: true }, element("p", { role: "status" }), bar, button(T.stop, () => stop.abort()));
  const out = element("div", { className: "answers" });
  const node = element("div", { className: "view try" }, element("div", { className: "head" }, element("h1", { textContent: T.try.title })), stale, noModel, zone, cameraPart, progress, out);
  let stop = new AbortController();
  /** @type {string[]} */
  let addresses = [];

  const take = async (/** @type {Given[]} */ given) => {
    if (!state.project?.model || !given.length) return;
    stop.abort();
    const { signal } = stop = new AbortController();
    for (const one of addresses) URL.revokeObjectURL(one);
    addresses = [];
    /** @type {Tried[]} */
    const tried = [];
    const text = progress.querySelector("p");
    const queue = [...given];
    const worker = async () => {
      for (let one = queue.shift(); one && !signal.aborted; one = queue.shift()) {
        try {
          tried.push({ given: one, answer: await ask(one.file, one.name, signal), trouble: "" });
        } catch (error) {
          if (signal.aborted) return;
          tried.push({ given: one, answer: null, trouble: error instanceof Failure ? reasonOf(error, one.name) : T.uploads.unreadable });
        }
        if (text) say(text, T.try.running(tried.length, given.length));
        setProgress(bar, tried.length, given.length);
      }
    };
    fill(out);
    progress.hidden = false;
    if (text) say(text, T.try.running(0, given.length));
    setProgress(bar, 0, given.length);
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (stop.signal !== signal) return; // others came
    progress.hidden = true;
    const order = new Map(given.map((one, place) => [one, place]));
    tried.sort((a, b) => (order.get(a.given) ?? 0) - (order.get(b.given) ?? 0));
    const first = tried[0];
    if (given.length > 1) fill(out, rowsNode(tried, showOne));
    else if (first) showOne(first);
  };

  const showOne = (/** @type {Tried} */ { given, answer, trouble }) => {
    const address = URL.createObjectURL(given.file);
    addresses.push(address);
    const shown = answer ? answerNode(answer, address, given) : element("p", { className: "caution", role: "alert", textContent: T.try.trouble(given.name, trouble), dir: "auto" });
    const others = out.querySelector(".rows");
    if (others) {
      out.querySelector(".one-answer")?.remove();
      shown.classList.add("one-answer");
      out.prepend(shown);
    } else fill(out, shown);
    shown.scrollIntoView({ block: "nearest" });
  };

  // What the camera sees

  const startCamera = async () => {
    cameraPart.hidden = false;
    const freeze = button(T.try.freeze, async () => {
      const file = await camera.take();
      if (file) void take([{ file, name: file.name }]);
    }, { className: "primary" });
    fill(cameraPart, camera.node, element("div", { className: "about" }, liveName, live, element("p", { className: "buttons" }, freeze, button(T.try.stopCamera, stopCamera))));
    if (await camera.start()) void look();
  };

  const stopCamera = () => {
    camera.stop();
    cameraPart.hidden = true;
  };

  const look = async () => {
    while (camera.isOn && node.isConnected) {
      const began = performance.now();
      const file = document.hidden ? null : await camera.take(LIVE_PIXELS);
      const answer = file && await ask(file, file.name).catch((error) => (error instanceof Failure ? error : Promise.reject(error)));
      if (answer instanceof Failure) fill(live, element("p", { className: "remark", textContent: answer.message }));
      else if (answer) {
        fill(live, bars(answer.top));
        say(liveName, answer.label);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(30, EVERY_MS - (performance.now() - began))));
    }
  };

  return {
    title: T.try.title, node,
    update: () => {
      const model = state.project?.model;
      zone.hidden = !model;
      noModel.hidden = !!model;
      stale.hidden = !model?.is_stale;
    },
    leave: () => {
      stop.abort();
      camera.stop();
      for (const one of addresses) URL.revokeObjectURL(one);
    },
    takes: () => T.drop.toTry,
    take: (given) => void take(given),
  };
}
