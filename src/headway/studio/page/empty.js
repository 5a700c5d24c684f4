// The first thing that a person sees: one clear thing to do, and another way.

import { addClass } from "./actions.js";
import { button, element, fieldWithButton, icon } from "./dom.js";
import { choose } from "./intake.js";
import { takePictures } from "./taking.js";
import { T } from "./texts.js";
import { upload } from "./uploads.js";

export function emptyPage() {
  const give = (/** @type {"folder"|"files"} */ what) => choose(what, (given) => upload(given, null));
  return element("div", { className: "empty" },
    element("h1", { textContent: T.empty.title }),
    element("p", { className: "lead", textContent: T.empty.lead }),
    element("div", { className: "dropzone" }, icon("folder"),
      element("p", { className: "call", textContent: T.empty.drop }),
      element("p", { className: "remark", textContent: T.empty.example }),
      element("div", { className: "buttons" },
        button(T.empty.folder, () => give("folder"), { className: "primary" }),
        button(T.empty.files, () => give("files")),
        button(T.empty.camera, () => void takePictures(null)))),
    element("div", { className: "or" }, element("span", { textContent: T.empty.or })),
    fieldWithButton({ label: T.empty.name, placeholder: T.empty.nameLike, action: T.classes.add, shown: true },
      async (text, field) => { if (await addClass(text)) field.value = ""; }),
    element("ol", { className: "way" }, ...T.empty.steps.map(([title, text]) => element("li", {}, element("strong", { textContent: title }), " ", text))),
    element("p", { className: "remark privacy", textContent: T.empty.privacy }));
}
