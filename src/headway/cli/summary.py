"""What a person wants to know of a fit or an evaluation, at 80 columns."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.cli.console import Output
    from headway.model import Model

MOST_CLASSES = 20
MOST_EXAMPLES = 3


def save(model: Model, path: Path, output: Output, curves: Path | None = None) -> None:
    """Save what was fitted, then print the report: what may have taken hours is told even where it cannot be kept."""
    report = {**model.report, "model": str(path)}
    saved = False
    try:
        model.save(path)
        saved = True
        if curves is not None:
            _draw(report["training"], curves, output)
    finally:
        if output.as_json:
            output.document(report)
        elif not output.quiet:
            fitted(report, output)
        if saved and not output.quiet:
            size = path.stat().st_size / 1e6
            output.say(f"Saved {path} ({size:.1f} MB) after {report['seconds']['total']:.1f} s")


def _draw(training: Mapping[str, Any] | None, curves: Path, output: Output) -> None:
    if training is None:
        output.note(f"no curves are written to {curves}: the frozen network is kept, and nothing of it was trained")
        return
    from headway.training import save_curves

    save_curves(training["history"], curves, best=training["best"])


def fitted(report: Mapping[str, Any], output: Output) -> None:
    """Print the report of a fit."""
    data, features, head = report["data"], report["features"], report["head"]
    output.say(data["source"])
    output.say(f"Split: {data['split']}")
    if data["imbalance"] is not None:
        output.say(f"Warning: {data['imbalance']}")
    if data["balance"] != "none":
        output.say(f"Balance: {data['balance']}")
    if data["skipped"]:
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in data["skipped"].items())
        output.say(f"Passed over: {reasons}")
    if bad := data["quarantined"]:
        output.say(f"Could not be read: {len(bad):,} (--json lists all of them)")
        for entry in bad[:MOST_EXAMPLES]:
            output.say(f"  {entry['path']}: {entry['reason']}")
    output.say(f"Features: {features['backbone']} ({features['precision']}), {counted(features)}")
    settings = "".join(f", {key} = {value:g}" for key, value in head["settings"].items())
    output.say(f"Head: {head['kind']} on {head['features']} ({features['dim']:,} features){settings}")
    if (removed := features["removed"]) is not None:
        output.say(f"Selection by {removed['method']} kept {removed['kept']:,} of {removed['of']:,} features")
    if (training := report["training"]) is not None:
        trained(training, output)
    if (tried := report["tried"]) is not None:
        output.say(f"{tried['verdict'][0].upper()}{tried['verdict'][1:]}")
    scores(report["cv"] or (report["training"] or {}).get("validation"), report["test"], output)
    per_class(report["test"]["per_class"], output)
    output.say()
    mistakes(report["test"]["mistakes"], output)


def trained(training: Mapping[str, Any], output: Output) -> None:
    """Say how a network was trained."""
    share = f"{training['trained_parameters']:,} of {training['parameters']:,} parameters"
    best = f"best {training['best']}"
    if not training["best"]:
        best = "no epoch was better than the start; the network is unchanged"
    output.say(f"Trained: {training['part']}, {share}, {training['epochs']} epochs, {best}")
    if training["augment"]:
        output.say(f"Augmented: {', '.join(training['augment'])}")
    if training["tta"]:
        output.say("Features are averaged over mirrored views (tta)")


def counted(features: Mapping[str, Any]) -> str:
    """Say how many pictures were computed and how many known."""
    rate = f" ({features['images_per_s']:,.0f} a second)" if features["images_per_s"] else ""
    return f"{features['computed']:,} pictures computed{rate}, {features['cached']:,} known"


def scores(cv: Mapping[str, Any] | None, test: Mapping[str, Any], output: Output) -> None:
    """Print the scores side by side; ``cv`` where there is one."""
    rows = []
    if cv is not None:
        name = "cross-validation" if cv.get("folds", 1) > 1 else "validation split"
        rows.append([name, f"{cv['n']:,}", *_common(cv), f"{cv['log_loss']:.3f}", f"{cv['ece']:.3f}"])
    numbers = [f"{test[key]:.3f}" for key in ("log_loss", "ece", "macro_f1")]
    rows.append(["test", f"{test['n']:,}", *_common(test), *numbers])
    rows.append(["largest class", f"{test['n']:,}", f"{test['majority_accuracy']:.3f}"])
    columns = ["", "pictures", "accuracy", "95 % interval", "log-loss", "ECE", "macro F1"]
    output.table(columns, [row + [""] * (len(columns) - len(row)) for row in rows])


def _common(numbers: Mapping[str, Any]) -> list[str]:
    return [f"{numbers['accuracy']:.3f}", f"{numbers['low']:.3f}-{numbers['high']:.3f}"]


def per_class(rows: Sequence[Mapping[str, Any]], output: Output) -> None:
    """Print precision and recall of each class; where there are many, of the worst."""
    if len(rows) > MOST_CLASSES:
        output.say(f"The {MOST_CLASSES} worst of {len(rows):,} classes:")
        rows = sorted(rows, key=lambda row: row["f1"])[:MOST_CLASSES]
    output.table(
        ["class", "pictures", "precision", "recall", "F1"],
        [
            [row["class"], f"{row['support']:,}", f"{row['precision']:.3f}", f"{row['recall']:.3f}", f"{row['f1']:.3f}"]
            for row in rows
        ],
    )


def mistakes(wrong: Sequence[Mapping[str, Any]], output: Output) -> None:
    """Print the wrong predictions that the model was surest of."""
    if not wrong:
        return
    output.say("Wrong with most confidence (is the label right?):")
    for entry in wrong[:MOST_EXAMPLES]:
        output.say(f"  {entry['path']}: {entry['predicted']}, {entry['probability']:.2f}")
    output.say()


def quoted(path: Path) -> str:
    """Return a path as it can be pasted into a shell."""
    return shlex.quote(str(path))
