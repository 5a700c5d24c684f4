// Other methods on the same pictures and the same splits: which is better, and by how much.

/** @import {Comparison, View} from "./types.js" */

import { start, stopJob } from "./actions.js";
import { get } from "./api.js";
import { button, element, fill, progressBar, say, setProgress } from "./dom.js";
import { isBusy, state } from "./state.js";
import { sortable } from "./table.js";
import { T } from "./texts.js";

/** @returns {View} */
export function compareView() {
  const go = button(T.compare.start, () => { if (go.ariaDisabled !== "true") void start("compare"); }, { className: "primary" });
  const why = element("p", { className: "why", textContent: T.compare.why });
  const stage = element("p", { role: "status" });
  const bar = progressBar(T.job.progress);
  const running = element("div", { className: "running", hidden: true }, stage, bar, button(T.stop, stopJob));
  const trouble = element("p", { className: "caution", role: "alert", hidden: true, dir: "auto" });
  const out = element("div", { className: "sections" });
  const node = element("div", { className: "view compare" },
    element("div", { className: "head" }, element("div", {}, element("h1", { textContent: T.compare.title }), why), element("div", { className: "buttons" }, go)), running, trouble, out);
  let shown = "";

  const showTable = async (/** @type {string} */ edition) => {
    if (shown === edition) return;
    shown = edition;
    const answer = /** @type {Comparison|null} */ (await get("/api/comparison").catch(() => null));
    if (shown === edition) fill(out, answer && answer.rows.length > 0 && table(answer));
  };

  return {
    title: T.compare.title, node,
    update: () => {
      const { project, job } = state;
      const isRunning = isBusy() && job?.kind === "compare";
      const filled = project?.classes.filter((one) => one.n > 0).length ?? 0;
      running.hidden = !isRunning;
      go.hidden = isRunning;
      go.ariaDisabled = String(filled < 2 || isBusy());
      say(why, filled < 2 ? T.train.needsClasses(filled) : isBusy() && !isRunning ? T.train.busy : T.compare.why);
      if (isRunning && job) {
        say(stage, job.stage);
        setProgress(bar, job.done, job.total);
      }
      trouble.hidden = !(job?.kind === "compare" && (job.state === "failed" || job.state === "stopped"));
      say(trouble, job?.state === "stopped" ? T.train.stopped : job?.message ?? "");
      void showTable(job?.kind === "compare" ? `${job.id} ${job.state}` : "before");
    },
  };
}

/** @param {Comparison} comparison */
function table({ rows, text }) {
  const made = sortable(T.compare.caption, T.compare.heads,
    rows.map((row) => [row.name, T.percent(row.accuracy), T.result.interval(row.low, row.high), T.seconds(row.seconds)]),
    rows.map((row) => [row.name, row.accuracy, row.low, row.seconds]));
  const bodyRows = made.tBodies[0]?.rows ?? [];
  rows.forEach((row, place) => bodyRows[place]?.classList.toggle("bold", row.is_best));
  return element("section", { className: "section" },
    ...text.map((textContent) => element("p", { textContent, dir: "auto" })),
    element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: T.compare.caption }, made));
}
