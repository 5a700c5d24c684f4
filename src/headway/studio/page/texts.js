// Every text of the page, in one place for translation. A value is a text, or a function of what is put into it; what is in `name` is set as text.

/** @import {Job, Project, Step} from "./types.js" */

const LANGUAGE = "en";
document.documentElement.lang = LANGUAGE;

const plurals = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LANGUAGE);
const shares = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });

/**
 * A number with the form of the word that it asks for; languages with more forms give more of them.
 * @param {number} n @param {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} forms
 */
const plural = (n, forms) => `${number(n)} ${forms[plurals.select(n)] ?? forms.other}`;

/** @param {number} n */
const number = (n) => numbers.format(n);
/** @param {number} share */
const percent = (share) => `${shares.format(100 * share)}\u00a0%`;
/** @param {number} n */
const pictures = (n) => plural(n, { one: "picture", other: "pictures" });
/** @param {number} n */
const classes = (n) => plural(n, { one: "class", other: "classes" });
/** @param {number} n */
const files = (n) => plural(n, { one: "file", other: "files" });
/** @param {number} n */
const proposals = (n) => plural(n, { one: "proposal", other: "proposals" });

/** @param {Project["classes"]} all */
const labelled = (all) => all.reduce((sum, one) => sum + one.n, 0);

/** What the work is called while it goes on, where its own name is one of the trade. @type {Record<string, string>} */
const STAGES = {
  "features": "reading the pictures", "decode": "reading the pictures", "checks": "checking the pictures", "small squares, to find copies": "looking for copies",
  "the report": "writing the report", "timing features": "timing the network", "timing predictions": "timing the model", "which class needs more pictures": "measuring which class needs more pictures",
  "choosing": "choosing a classifier", "choosing a head": "choosing a classifier", "learning curve": "measuring what more pictures would bring",
};

/** Which step, and how far; of a comparison, of which method. @param {Job} job */
function stage({ stage: name, done, total }) {
  const parts = name.split(": ");
  const last = parts.pop() ?? "";
  const far = total ? `, ${number(done)} of ${number(total)}` : "";
  return `${[...parts, STAGES[last] ?? last].join(": ")}${far}`;
}

/** When something was taken, as part of the name of a file. */
export const stamp = () => new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 19).replace(".", "-");

export const T = {
  brand: "Headway Studio",
  skip: "Skip to the content",
  close: "Close",
  cancel: "Cancel",
  stop: "Stop",
  number, percent,
  points: (/** @type {number} */ difference) => `${signed.format(100 * difference)} points`,
  seconds: (/** @type {number} */ seconds) => `${shares.format(seconds)}\u00a0s`,

  tabs: { views: "Views", pictures: "Pictures", train: "Train", label: "Label", try: "Try", compare: "Compare" },

  empty: {
    title: "Teach it to tell your pictures apart",
    lead: "A few dozen pictures of each kind are enough to start. You get a model of your own, and an honest account of how good it is.",
    drop: "Drop a folder here, with a folder of pictures for each class",
    example: "For example a folder “pets” with the folders “cat” and “dog” in it. A zip file or single pictures will do, too.",
    folder: "Choose a folder", files: "Choose pictures or a zip", camera: "Use the camera",
    or: "or",
    name: "Name your first class", nameLike: "for example: cat",
    steps: [
      ["Pictures", "Gather them in classes, by hand or from folders."],
      ["Train", "One button, a minute or less. See where it errs, and correct labels."],
      ["Try", "Show it new pictures, and take the model with you as a file."],
    ],
    privacy: "Everything stays on this computer: nothing is sent anywhere.",
  },

  drop: {
    anywhere: "Drop to add: folders become classes",
    into: (/** @type {string} */ name) => `Drop to add to “${name}”`,
    unlabelled: "Drop to add without a label",
    toTry: "Drop to see what the model takes them for",
  },

  pictures: {
    title: "Pictures",
    n: pictures,
    summary: (/** @type {Project} */ { classes: all, left_out, unlabelled, copies }) => [
      `${pictures(labelled(all))} in ${classes(all.length)}`,
      unlabelled && `${number(unlabelled)} without a label`,
      left_out && `${number(left_out)} left out`,
      copies && plural(copies, { one: "copy", other: "copies" }),
    ].filter(Boolean).join(" · "),
    more: "More pictures", all: "All", recent: "Added last", leftOut: "Left out",
    addFolder: "Add a folder",
    addFiles: "Add pictures",
  },
  next: {
    train: "These pictures can be learned from now.", trainAction: "Go to training",
    again: "Pictures or labels were changed since the model was made.", againAction: "Train again",
    label: (/** @type {number} */ n) => plural(n, { one: "picture has no label yet.", other: "pictures have no label yet." }), labelAction: "Label them",
  },
  tray: { title: "Without a label", label: "Label them" },
  classes: {
    another: "Another class",
    name: "Name of the class", nameHere: "Name", add: "Add class", rename: "Rename", remove: "Remove", use: "Use",
    newOrFind: (/** @type {boolean} */ isMany) => (isMany ? "Find a class, or name a new one" : "Or a new class"),
    addTo: (/** @type {string} */ name) => `Add pictures to ${name}`,
    cameraOf: (/** @type {string} */ name) => `Take pictures of ${name} with the camera`,
    renameIt: (/** @type {string} */ name) => `Rename ${name}`,
    removeIt: (/** @type {string} */ name) => `Remove ${name}`,
    removal: (/** @type {number} */ n) => `Its ${pictures(n)} will be left out. The files stay where they are, and this can be undone.`,
    count: (/** @type {number} */ n, /** @type {number} */ leftOut) => (leftOut ? `${pictures(n)}, ${number(leftOut)} left out` : pictures(n)),
    empty: "Drop pictures here",
  },
  findings: {
    title: "Worth a look",
    some: (/** @type {number} */ n) => `Worth a look (${number(n)})`,
    severity: /** @type {Record<string, string>} */ ({ severe: "Severe", warning: "Warning", note: "Note" }),
    show: (/** @type {number} */ n) => `Show ${pictures(n)}`,
    acceptAll: (/** @type {number} */ n) => (n === 1 ? "Accept the proposal" : `Accept all ${proposals(n)}`),
  },
  show: {
    back: "All pictures", backToResult: "Result",
    all: "Select all", clear: "Select none", add: "Add pictures", camera: "Camera",
    toolbar: "Selected pictures",
    count: pictures,
    selected: (/** @type {number} */ n) => `${number(n)} selected`,
    labelThem: (/** @type {number} */ n) => `Label ${pictures(n)} as`,
    accept: "Accept proposals",
    nothing: "There are no pictures here.",
    hint: "Click a picture to see it large. Select with the tick in its corner, with Ctrl or Shift and a click, or with the arrow keys and Space.",
    cell: "Is the label wrong? Select pictures and label them anew. Is the model wrong? Then the label is right, and more such pictures help.",
    ofCell: (/** @type {Node} */ truth, /** @type {Node} */ predicted, /** @type {boolean} */ isRight) => (isRight ? [truth, ", recognised"] : [truth, " taken for ", predicted]),
    titles: /** @type {Record<string, string>} */ ({ all: "All pictures", unlabelled: "Without a label", "left-out": "Left out", mistakes: "Mistakes, the surest first", recent: "Added last" }),
  },
  picture: {
    title: "Picture",
    class: "Class", before: "Label before", predicted: "Taken for", file: "File", size: "Size",
    leftOut: "Left out", noLabel: "No label", was: "was ",
    takenFor: "taken for ",
    roughly: (/** @type {number} */ probability) => ` ${Math.round(100 * probability)}\u00a0%`,
    proposed: "proposed: ",
    proposals: /** @type {Record<string, string>} */ ({ drop: "leave out", keep: "keep", group: "keep together" }),
    similar: (/** @type {number} */ similarity) => `similarity ${similarity.toFixed(2)}`,
    labelAs: "Label as …", accept: "Accept the proposal", leaveOut: "Leave out", putBack: "Put back", keep: "The label is right",
    showSimilar: "Find similar pictures", similarTitle: "Similar pictures", looking: "Looking …",
    previous: "Previous picture", next: "Next picture",
    where: (/** @type {number} */ place, /** @type {number} */ total) => `${number(place)} of ${number(total)}`,
  },
  done: {
    label: (/** @type {number} */ n, /** @type {string} */ to) => `Labelled ${pictures(n)} as ${to}.`,
    drop: (/** @type {number} */ n) => `Left out ${pictures(n)}.`,
    restore: (/** @type {number} */ n) => `Put back ${pictures(n)}.`,
    keep: (/** @type {number} */ n) => `Confirmed the labels of ${pictures(n)}.`,
    accept: (/** @type {number} */ n) => `Accepted ${proposals(n)}.`,
    rename: (/** @type {string} */ from, /** @type {string} */ to) => `Renamed ${from} to ${to}.`,
    remove: (/** @type {string} */ name) => `Removed ${name}.`,
  },
  undo: {
    short: "Undo", again: "Redo",
    nothing: "Nothing to undo",
    nothingAgain: "Nothing to redo",
    undo: (/** @type {string} */ what) => `Undo: ${what}`,
    redo: (/** @type {string} */ what) => `Redo: ${what}`,
    undone: (/** @type {string} */ what) => `Undone: ${what}.`,
    redone: (/** @type {string} */ what) => `Done again: ${what}.`,
    step: (/** @type {Step} */ { what, n, to }) => /** @type {Record<string, string>} */ ({
      add: `add ${pictures(n)}`, label: `label ${pictures(n)}${to ? ` as ${to}` : ""}`, drop: `leave out ${pictures(n)}`, keep: `confirm ${pictures(n)}`,
      restore: `put back ${pictures(n)}`, class: `new class${to ? ` ${to}` : ""}`, rename: `rename a class${to ? ` to ${to}` : ""}`, remove: `remove a class${to ? ` ${to}` : ""}`,
      accept: `accept ${proposals(n)}`,
    })[what] ?? what,
  },

  uploads: {
    title: "Adding pictures", progress: "Pictures sent",
    running: (/** @type {number} */ done, /** @type {number} */ total) => `Adding ${number(done)} of ${files(total)} …`,
    done: (/** @type {{added: number, copies: number, wasStopped: boolean}} */ { added, copies, wasStopped }) => [
      `${wasStopped ? "Stopped. " : ""}Added ${pictures(added)}`, copies && plural(copies, { one: "was here already", other: "were here already" })].filter(Boolean).join(", ") + ".",
    refused: (/** @type {number} */ n) => plural(n, { one: "file could not be added", other: "files could not be added" }),
    reasons: "Files that could not be added, and why",
    tooLarge: "larger than 256 MB",
    unreadable: "this file cannot be read; was it moved?",
  },
  camera: {
    title: "Take pictures", titleOf: (/** @type {string} */ name) => `Take pictures of ${name}`,
    sees: "What the camera sees", which: "Camera", numbered: (/** @type {number} */ n) => `Camera ${n}`,
    hold: "Hold to take pictures",
    hint: "A click takes one picture, holding the button several. Move a little meanwhile: pictures that differ teach more.",
    taken: (/** @type {number} */ n) => `Took ${pictures(n)}`,
    trouble: (/** @type {string} */ kind) => /** @type {Record<string, string>} */ ({
      NotAllowedError: "The browser may not use the camera. Allow it by the sign beside the address, then open this again.",
      NotFoundError: "There is no camera on this computer.",
      NotReadableError: "Another program is using the camera. Close it there, then open this again.",
      NotSupportedError: "The browser gives the camera to pages of this computer only: open the page by localhost.",
    })[kind] ?? "The camera does not answer.",
  },

  job: {
    title: "At work", progress: "Progress",
    ended: { train: "Training is finished.", compare: "The comparison is finished." }, see: "See the result", failed: "This did not work.",
    stage,
    line: (/** @type {Job} */ job) => [{ prepare: "In the background", train: "Training", compare: "Comparing" }[job.kind], job.stage && stage(job)].filter(Boolean).join(": "),
  },
  train: {
    title: "Train", start: "Train", again: "Train again",
    running: "You can go on working meanwhile.",
    ready: (/** @type {Project} */ { classes: all }) => `It learns from ${pictures(labelled(all))} in ${classes(all.length)}.`,
    busy: "Something else is running; it has to finish first.",
    needsClasses: (/** @type {number} */ n) => (n ? "It takes pictures of a second class, so that there is something to tell apart." : "It takes pictures of two classes at least."),
    stopped: "Stopped. What was computed is kept, so that the next time is quicker.",
    introTitle: "What happens then",
    intro: [
      "It reads each picture with a network that has seen a million pictures, and learns from that to tell your classes apart.",
      "It tests itself on pictures that it has not learned from, so that the accuracy is an honest one.",
      "You see which pictures it takes for what, and can correct labels; training again takes seconds.",
    ],
  },
  result: {
    title: "Result", accuracy: "accuracy",
    interval: (/** @type {number} */ low, /** @type {number} */ high) => `between ${percent(low)} and ${percent(high)}`,
    baseline: (/** @type {number} */ share) => `${percent(share)}: always saying the largest class`,
    measured: (/** @type {number} */ n, /** @type {string} */ how) => `${pictures(n)}, ${how === "test" ? "test set" : how}`,
    stale: "Pictures or labels were changed since this model was made: train again to take them in.",
    before: "Before", now: "Now", change: "Difference", newlyRight: "Newly right", newlyWrong: "Newly wrong",
    confusion: "Confusion matrix", perClass: "Classes", advice: "What would help",
    mistakes: (/** @type {number} */ n) => `Mistakes (${number(n)})`, noMistakes: "There are none.",
    allMistakes: (/** @type {number} */ n) => `Show all ${number(n)}`,
    perClassCaption: "Every class by itself", perClassHeads: ["class", "pictures", "recall", "precision", "F1"],
    take: "Take it with you", tryIt: "Try it", openReport: "Open the report",
    model: "Model", modelRemark: (/** @type {number|null} */ bytes) => `ONNX${bytes ? `, ${number(Math.round(bytes / 1e6))} MB` : ""}; runs without Headway`,
    report: "Report", reportRemark: "one HTML file, with pictures",
    predictions: "Predictions", predictionsRemark: "CSV, picture by picture",
  },
  matrix: {
    label: "Confusion matrix: a row for each true class, a column for each predicted class",
    corner: "true \\ predicted",
    hint: "Rows are labels, columns what the model said. Click a number to see its pictures and correct them.",
    cell: (/** @type {string} */ truth, /** @type {string} */ predicted, /** @type {number} */ n) => (truth === predicted ? `${truth}, correctly: ${pictures(n)}` : `${truth} taken for ${predicted}: ${pictures(n)}`),
    said: (/** @type {Node} */ truth, /** @type {Node} */ predicted, /** @type {boolean} */ isRight, /** @type {number} */ n) => [truth, ...(isRight ? [", correctly"] : [" taken for ", predicted]), `: ${pictures(n)}`],
    pairs: "Classes that are confused most", pairHeads: ["true", "predicted", "pictures"],
  },

  label: {
    title: "Label", classes: "Classes", progress: "Labelled so far",
    counts: (/** @type {number} */ n, /** @type {number} */ left) => `${number(n)} labelled now, ${number(left)} left`,
    which: "What is it?",
    guess: (/** @type {Node} */ name) => ["What is it? Perhaps ", name, " (Enter)"],
    newClass: "Another class", use: "Use", skip: "Skip",
    hint: "Keys: 1–9 or a first letter for a class, Enter for the guess, Space to skip, Backspace to undo. The pictures that teach most come first.",
    none: "Every picture has a label.",
    skipped: "You have been through all of them.",
    noPictures: "There are no pictures yet.",
    again: "Show the skipped ones",
    add: "Drop pictures here that have no label yet: those that teach most are asked for first.",
  },
  try: {
    title: "Try the model",
    drop: "Drop or paste pictures to see what the model takes them for",
    choose: "Choose pictures", folder: "Choose a folder", camera: "Use the camera", stopCamera: "Stop the camera", freeze: "Take this picture",
    noModel: "There is no model yet: train one first.", toTrain: "Go to training",
    progress: "Pictures answered", running: (/** @type {number} */ done, /** @type {number} */ total) => `${number(done)} of ${pictures(total)} …`,
    answer: "Answer", results: "Answers", nearest: "The most similar pictures that it knows",
    wrong: "Wrong? Name the right class", wrongTitle: "What is it?",
    right: (/** @type {string} */ name) => `It is ${name}: add it`,
    added: (/** @type {string} */ name) => `Added to ${name}.`,
    unseen: "This browser cannot show such pictures; the model can read them.",
    trouble: (/** @type {string} */ file, /** @type {string} */ reason) => `${file}: ${reason}`,
    caption: pictures, heads: ["picture", "answer", "probability"], csv: "Download as CSV",
  },
  compare: {
    title: "Compare methods", start: "Compare", caption: "Methods",
    why: "Measures other ways of learning on the same pictures; this takes some minutes.",
    heads: ["method", "accuracy", "interval", "time"],
  },

  keys: {
    title: "Keys",
    all: [
      ["Ctrl Z / Ctrl Shift Z", "undo, redo"], ["Ctrl V", "add the picture on the clipboard"], ["Ctrl O", "choose pictures"],
      ["Arrows, Space, Ctrl A", "in a gallery: move, select, select all"], ["Enter", "see the picture large"], ["L / Delete", "label, or leave out, the selected"],
      ["1–9, letters", "label the picture (Label)"], ["?", "these keys"],
    ],
  },
  link: {
    lost: "The studio does not answer.",
    lostMore: "It was perhaps stopped. This page tries again by itself; what you wrote and chose is kept, and sent then.",
    refused: "This page is not let in.",
    refusedMore: (/** @type {string} */ folder) => `The studio was started anew, or the address is an old one. Use the page that the new start opened${folder ? ` (your pictures and labels are safe in ${folder})` : ""}, or paste its address here:`,
    token: "Address or token", tokenLike: "http://127.0.0.1:…/?token=…", connect: "Connect",
    notNow: "The studio does not answer: this was not done. Try it again in a moment.",
    failed: (/** @type {number} */ status) => `The studio could not do that (${status}).`,
  },
};
