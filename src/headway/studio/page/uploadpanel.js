// How far the upload is, and what was refused and why.

import { button, element, fill, name, progressBar, say, setProgress, signButton } from "./dom.js";
import { T } from "./texts.js";
import { dismissUploads, onUploads, stopUploads, uploads } from "./uploads.js";

const LISTED = 200;

export function uploadPanel() {
  const text = element("p", { role: "status" });
  const bar = progressBar(T.uploads.progress);
  const stop = button(T.stop, stopUploads);
  const close = signButton("close", T.close, dismissUploads);
  const list = element("ul", { tabIndex: 0, ariaLabel: T.uploads.reasons }); // it scrolls, by keys too
  const summary = element("summary");
  const refused = element("details", {}, summary, list);
  const panel = element("section", { className: "uploads", hidden: true, ariaLabel: T.uploads.title },
    element("div", { className: "line" }, text, stop, close), bar, refused);
  let hiding = 0;
  let listed = 0;

  onUploads(() => {
    const { total, done, isRunning, refused: bad } = uploads;
    clearTimeout(hiding);
    panel.hidden = !total;
    say(text, isRunning ? T.uploads.running(done, total) : T.uploads.done(uploads));
    setProgress(bar, done, total);
    bar.hidden = stop.hidden = !isRunning;
    close.hidden = isRunning;
    refused.hidden = !bad.length;
    say(summary, T.uploads.refused(bad.length));
    if (bad.length < listed) { fill(list); listed = 0; }
    const fresh = bad.slice(listed, LISTED);
    list.append(...fresh.map((one) => element("li", {}, name(one.name), element("span", { textContent: one.reason, dir: "auto" }))));
    listed += fresh.length;
    if (!isRunning && total && bad.length) refused.open = true;
    else if (!isRunning && total) hiding = window.setTimeout(dismissUploads, 6000);
  });
  addEventListener("hashchange", () => { refused.open = false; }); // elsewhere the list would hide what is looked at
  return panel;
}
