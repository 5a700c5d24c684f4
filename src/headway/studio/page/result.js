// The result of a training. Its sentences are the server's; here are figures and their names.

/** @import {Picture, Result} from "./types.js" */

import { get, views } from "./api.js";
import { element, fill, icon, name } from "./dom.js";
import { strip } from "./gallery.js";
import { matrix } from "./matrix.js";
import { sortable } from "./table.js";
import { T } from "./texts.js";
import { openPicture } from "./viewer.js";

const MISTAKES = 12;
const FEW = 10; // classes whose matrix leaves room beside it

/** @param {Result} result */
export function resultNode(result) {
  return element("div", { className: "sections" },
    verdict(result),
    element("div", { className: result.classes.length <= FEW ? "pair" : "sections" },
      section(T.result.confusion, matrix(result.classes, result.confusion)),
      section(T.result.perClass, element("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: T.result.perClassCaption }, perClass(result)))),
    mistakes(result),
    result.advice.length > 0 && section(T.result.advice, element("ul", { className: "advice" }, ...result.advice.map((textContent) => element("li", { textContent, dir: "auto" })))),
    downloads(result));
}

/** @param {string} title @param {...(Node|false|null)} children */
const section = (title, ...children) => element("section", { className: "section", ariaLabel: title }, element("h2", { textContent: title }), ...children);

/** @param {Result} result */
function verdict(result) {
  const { accuracy, low, high, n, how, baseline, previous, changed, sentences } = result;
  const figures = element("div", { className: "big" },
    element("strong", { textContent: T.percent(accuracy) }), element("span", { textContent: T.result.accuracy }),
    element("p", { className: "interval", textContent: T.result.interval(low, high) }),
    gauge(accuracy, low, high, baseline),
    baseline !== null && element("p", { className: "remark" }, element("span", { className: "base-mark" }), T.result.baseline(baseline)),
    element("p", { className: "remark", textContent: T.result.measured(n, how) }));
  const right = changed.filter((one) => one.is_right && !one.was_right);
  const wrong = changed.filter((one) => !one.is_right && one.was_right);
  const difference = previous && element("dl", { className: "difference" },
    ...[[T.result.before, T.percent(previous.accuracy)], [T.result.now, T.percent(accuracy)], [T.result.change, T.points(accuracy - previous.accuracy)],
      [T.result.newlyRight, T.number(right.length)], [T.result.newlyWrong, T.number(wrong.length)]]
      .map(([what, value]) => element("div", {}, element("dt", { textContent: what }), element("dd", { textContent: value }))));
  return element("section", { className: "section", id: "verdict", ariaLabel: T.result.title }, element("h2", { textContent: T.result.title }), figures,
    element("div", { className: "sentences" }, ...sentences.map((textContent) => element("p", { textContent, dir: "auto" })),
      ...result.doubts.map((textContent) => element("p", { className: "caution", textContent, dir: "auto" })), difference));
}

/** @param {number} accuracy @param {number} low @param {number} high @param {number|null} baseline */
function gauge(accuracy, low, high, baseline) {
  const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)}%`;
  const range = element("span", { className: "range" });
  [range.style.left, range.style.width] = [percent(low), percent(high - low)];
  const at = element("span", { className: "at" });
  at.style.left = percent(accuracy);
  const base = element("span", { className: "base" });
  if (baseline !== null) base.style.left = percent(baseline);
  return element("div", { className: "gauge", role: "img", ariaLabel: `${T.percent(accuracy)}, ${T.result.interval(low, high)}` }, range, baseline !== null && base, at);
}

/** @param {Result} result */
function mistakes({ classes, confusion }) {
  const n = classes.reduce((sum, _, row) => sum + (confusion[row] ?? []).reduce((a, b, column) => a + (row === column ? 0 : b), 0), 0);
  const place = element("div");
  const node = section(T.result.mistakes(n), place);
  if (!n) node.append(element("p", { textContent: T.result.noMistakes }));
  else void get("/api/pictures", { view: "mistakes", offset: 0, limit: MISTAKES }).then(({ pictures, total }) => {
    const shown = /** @type {Picture[]} */ (pictures);
    const at = (/** @type {number} */ one) => shown[one];
    fill(place, strip(shown, (picture) => void openPicture(picture, { place: shown.indexOf(picture), at, total: () => shown.length })),
      total > shown.length && element("p", {}, element("a", { className: "button", href: "#/show/mistakes", textContent: T.result.allMistakes(total) })));
  }, () => fill(place, element("a", { href: "#/show/mistakes", textContent: T.result.allMistakes(n) })));
  return node;
}

/** @param {Result} result */
function perClass({ per_class }) {
  const of = (/** @type {number|null} */ share) => (share === null ? "–" : T.percent(share));
  return sortable(T.result.perClassCaption, T.result.perClassHeads,
    per_class.map((one) => [element("a", { href: `#/show/${encodeURIComponent(views.ofClass(one.name))}` }, name(one.name)), T.number(one.n), of(one.recall), of(one.precision), of(one.f1)]),
    per_class.map((one) => [one.name, one.n, one.recall, one.precision, one.f1]));
}

/** @param {Result} result */
function downloads({ model_bytes }) {
  const link = (/** @type {string} */ href, /** @type {string} */ text, /** @type {string} */ remark, className = "button") =>
    element("li", {}, element("a", { className, href, download: "" }, icon("download"), text), element("span", { className: "remark", textContent: remark }));
  const report = element("a", { href: "/report", target: "_blank", rel: "noopener", className: "button", textContent: T.result.openReport });
  return section(T.result.take, element("ul", { className: "downloads" },
    link("/download/model.onnx", T.result.model, T.result.modelRemark(model_bytes), "button primary"),
    link("/download/report.html", T.result.report, T.result.reportRemark),
    link("/download/predictions.csv", T.result.predictions, T.result.predictionsRemark)),
    element("p", { className: "buttons" }, report, element("a", { className: "button", href: "#/try", textContent: T.result.tryIt })));
}
