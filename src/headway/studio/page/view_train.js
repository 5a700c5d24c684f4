// Training, its progress, and the result: how good, where it errs, what changed.

/** @import {Project, Result, View} from "./types.js" */

import { start, stopJob } from "./actions.js";
import { get } from "./api.js";
import { button, element, fill, progressBar, say, setProgress } from "./dom.js";
import { resultNode } from "./result.js";
import { isBusy, state } from "./state.js";
import { T } from "./texts.js";

/** @returns {View} */
export function trainView() {
  const go = button(T.train.start, () => { if (go.ariaDisabled !== "true") void start("train"); }, { className: "primary big-button" });
  const why = element("p", { className: "why", id: "why" });
  go.setAttribute("aria-describedby", why.id);
  const bar = progressBar(T.job.progress);
  const stage = element("p", { role: "status" });
  const running = element("div", { className: "running", hidden: true }, stage, bar, button(T.stop, stopJob));
  const trouble = element("p", { className: "caution", role: "alert", hidden: true, dir: "auto" });
  const stale = element("p", { className: "caution", hidden: true, textContent: T.result.stale });
  const result = element("div", { className: "result" });
  const node = element("div", { className: "view train" },
    element("div", { className: "head" }, element("div", {}, element("h1", { textContent: T.train.title }), why), element("div", { className: "buttons" }, go)),
    running, trouble, stale, result);

  let shown = "";
  let drawn = "";
  let left = false;
  const showResult = async (/** @type {Project} */ project) => {
    const edition = project.model?.made ?? "none";
    if (shown === edition) return;
    shown = edition;
    const answer = /** @type {Result|null} */ (project.model ? await get("/api/result").catch(() => undefined) : null);
    if (left || shown !== edition) return;
    if (answer === undefined) { shown = ""; return; }
    const content = JSON.stringify(answer);
    if (content === drawn) return; // the file of the model was made complete
    drawn = content;
    fill(result, answer ? resultNode(answer) : introduction());
  };

  return {
    title: T.train.title, node,
    update: () => {
      const { project, job } = state;
      if (!project) return;
      const busy = isBusy();
      const isTraining = busy && job?.kind === "train";
      const lack = busy && !isTraining ? T.train.busy : lacking(project);
      running.hidden = !isTraining;
      go.hidden = isTraining;
      go.ariaDisabled = String(!!lack);
      say(go, project.model ? T.train.again : T.train.start);
      say(why, isTraining ? T.train.running : lack || T.train.ready(project));
      if (isTraining && job) {
        say(stage, T.job.stage(job));
        setProgress(bar, job.done, job.total);
      }
      trouble.hidden = !(job?.kind === "train" && (job.state === "failed" || job.state === "stopped"));
      say(trouble, job?.state === "stopped" ? T.train.stopped : job?.message ?? "");
      stale.hidden = !project.model?.is_stale;
      void showResult(project);
    },
    leave: () => { left = true; },
  };
}

/** Why it cannot begin yet. @param {Project} project */
function lacking(project) {
  const filled = project.classes.filter((one) => one.n > 0).length;
  return filled < 2 ? T.train.needsClasses(filled) : "";
}

const introduction = () => element("section", { className: "section intro" }, element("h2", { textContent: T.train.introTitle }),
  element("ul", {}, ...T.train.intro.map((textContent) => element("li", { textContent }))));
