"""``headway fit``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import max_bad, reads_data
from headway.recipe import CHOICES, Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset

_DEFAULT = Recipe()

EPILOG = """\b
Examples:
  headway fit photos/                             one folder per class; the model becomes photos.onnx
  headway fit photos/ -o flowers.onnx --json      the whole report as one JSON document
  headway fit labels.csv --group-column patient   paths and labels in a table
  headway fit flat/ --label-pattern '^([a-z]+)'   labels in file names
  headway fit features.parquet                    from what `headway embed` wrote
"""


def choice(name: str, help_text: str) -> Callable[..., Any]:
    """Return an option for a choice of the recipe; the recipe checks it, and suggests when it is misspelt."""
    option: Callable[..., Any] = click.option(
        f"--{name.replace('_', '-')}",
        default=getattr(_DEFAULT, name),
        show_default=True,
        metavar="|".join(CHOICES[name]),
        help=help_text,
    )
    return option


@click.command("fit", epilog=EPILOG)
@reads_data
@click.option(
    "-o", "--output", "target", type=click.Path(path_type=Path), metavar="MODEL", help="Where to save the model."
)
@click.option(
    "--backbone", default=_DEFAULT.backbone, show_default=True, metavar="NAME", help="See `headway backbones`."
)
@choice("resize", "How a picture becomes a square.")
@choice("precision", "Arithmetic of the network; auto takes bf16 where the processor has it.")
@choice("features", "Features of the last layer, of several depths, or what cross-validates better.")
@choice("head", "The classifier, or what cross-validates best.")
@choice("class_weight", "balanced makes every class count the same.")
@click.option("--test-fraction", type=float, default=_DEFAULT.test_fraction, show_default=True, metavar="FRACTION",
              help="Part held back for the test, where the data has no test split.")  # fmt: skip
@click.option("--folds", type=int, default=_DEFAULT.folds, show_default=True, metavar="N", help="For cross-validation.")
@click.option(
    "--seed", type=int, default=_DEFAULT.seed, show_default=True, metavar="N", help="The same seed, the same model."
)
@max_bad
@common
def command(
    data: Path,
    read_data: Callable[[], Dataset],
    target: Path | None,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **recipe: Any,
) -> None:
    """Train a classifier on labelled pictures, evaluate it, and save it as an ONNX file.

    DATA is a folder with a folder per class, split folders (train, test, …), a folder of files with labels in their
    names, a CSV, TSV or Parquet table, or what `headway embed` wrote.
    """
    from headway import fitting, model
    from headway.embedding import is_features_file

    wanted = Recipe(**recipe)
    path = target if target is not None else Path(f"{data.resolve().stem or 'model'}.onnx")
    model.check_target(path)
    with output.progress() as progress:
        source = data if is_features_file(data) else read_data()
        fitted = fitting.fit(source, wanted, cache=cache, max_bad=max_bad, progress=progress)
    fitted.save(path)
    report = {**fitted.report, "model": str(path)}
    if output.as_json:
        output.document(report)
    else:
        summarise(report, output)
        output.say(f"Next: headway predict {path} PICTURES", style="bold")


def summarise(report: dict[str, Any], output: Output) -> None:
    """Print what a person wants to know of a fit."""
    data, features, head, cv, test = (report[key] for key in ("data", "features", "head", "cv", "test"))
    bad = len(data["quarantined"])
    output.say(f"{data['source']}; {data['split']}")
    if data["skipped"]:
        passed_over = ", ".join(f"{count:,} {reason}" for reason, count in data["skipped"].items())
        output.say(f"Passed over: {passed_over}")
    if bad:
        output.say(f"Could not be read: {bad:,} ({_examples(data['quarantined'])})", style="yellow")
    rate = f" at {features['images_per_s']:,.0f} a second" if features["images_per_s"] else ""
    output.say(
        f"Features: {features['backbone']} ({features['precision']}), "
        f"{features['computed']:,} pictures computed{rate}, {features['cached']:,} known"
    )
    settings = ", ".join(f"{key} {value:g}" for key, value in head["settings"].items())
    output.say(
        f"Head: {head['kind']} on {head['features']} ({features['dim']:,} features){', ' if settings else ''}{settings}"
    )
    rows = [
        [
            f"cross-validated, {cv['folds']} folds" if cv["folds"] > 1 else "validation split",
            f"{cv['accuracy']:.3f}",
            f"{cv['low']:.3f} to {cv['high']:.3f}",
            "",
            f"{cv['log_loss']:.3f}",
            f"{cv['ece']:.3f}",
        ],
        [
            f"test, {test['right']:,} of {test['n']:,} right",
            f"{test['accuracy']:.3f}",
            f"{test['low']:.3f} to {test['high']:.3f}",
            f"{test['macro_f1']:.3f}",
            f"{test['log_loss']:.3f}",
            f"{test['ece']:.3f}",
        ],
        ["always the largest class", f"{test['majority_accuracy']:.3f}", "", "", "", ""],
    ]
    columns = ["", "accuracy", "95 % interval", "macro F1", "log-loss", "calibration error"]
    output.table("", columns, rows)
    per_class(test, output)
    _mistakes(test["mistakes"], output)
    seconds = report["seconds"]
    size = Path(report["model"]).stat().st_size / 1e6
    output.say(f"Saved {report['model']} ({size:.1f} MB) after {seconds['total']:.1f} s")


def per_class(scores: dict[str, Any], output: Output, most: int = 20) -> None:
    """Print precision and recall of each class, the worst first where there are many."""
    rows = (
        sorted(scores["per_class"], key=lambda row: row["f1"])
        if len(scores["per_class"]) > most
        else scores["per_class"]
    )
    output.table(
        f"The {most} worst classes of {len(rows)}" if len(rows) > most else "",
        ["class", "precision", "recall", "F1", "pictures"],
        [
            [row["class"], f"{row['precision']:.3f}", f"{row['recall']:.3f}", f"{row['f1']:.3f}", f"{row['support']:,}"]
            for row in rows[:most]
        ],
    )


def _examples(quarantined: list[dict[str, str]], most: int = 3) -> str:
    shown = "; ".join(f"{entry['path']}: {entry['reason']}" for entry in quarantined[:most])
    return f"{shown}; …" if len(quarantined) > most else shown


def _mistakes(mistakes: list[dict[str, Any]], output: Output, most: int = 3) -> None:
    if mistakes:
        output.say("Wrong with most confidence (is the label right?):")
    for wrong in mistakes[:most]:
        output.say(f"  {wrong['path']}: {wrong['predicted']} with probability {wrong['probability']:.2f}")
    if mistakes:
        output.say()
