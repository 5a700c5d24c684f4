// Pictures of a class by the camera: a click takes one, holding the button several.

/** @import {Given} from "./types.js" */

import { Camera } from "./camera.js";
import { modal } from "./dialogs.js";
import { element, say } from "./dom.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";

const EVERY_MS = 250;
const SHOWN = 8;

/** @param {string|null} label */
export async function takePictures(label) {
  const camera = new Camera();
  let holding = false;
  let taken = 0;
  await modal(label === null ? T.camera.title : T.camera.titleOf(label), () => {
    const count = element("p", { role: "status", textContent: T.camera.hint });
    const last = element("div", { className: "taken" });
    const shutter = element("button", { type: "button", className: "primary shutter", textContent: T.camera.hold });

    const hold = async () => {
      if (holding || !camera.isOn) return;
      holding = true;
      /** @type {Given[]} */
      const given = [];
      do {
        const began = performance.now();
        const file = await camera.take();
        if (!file) break;
        given.push({ file, name: file.name });
        const image = element("img", { src: URL.createObjectURL(file), alt: "" });
        image.addEventListener("load", () => URL.revokeObjectURL(image.src));
        last.prepend(image);
        while (last.children.length > SHOWN) last.lastElementChild?.remove();
        say(count, T.camera.taken(taken += 1));
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS - (performance.now() - began)));
      } while (holding && shutter.isConnected);
      holding = false;
      upload(given, label); // all that were taken at once are undone at once
    };
    const release = () => { holding = false; };
    shutter.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      shutter.setPointerCapture(event.pointerId);
      void hold();
    });
    for (const end of ["pointerup", "pointercancel", "blur", "keyup"]) shutter.addEventListener(end, release);
    shutter.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) void hold();
    });
    shutter.addEventListener("contextmenu", (event) => event.preventDefault());
    // A screen reader clicks without pointer and keys.
    shutter.addEventListener("click", (event) => {
      if (event.detail || holding) return;
      void hold();
      release();
    });
    queueMicrotask(() => void camera.start());
    return element("div", { className: "taking" }, camera.node, shutter, count, last);
  }, "small");
  camera.stop();
}
