"""The table in words and columns: shared by the terminal and Markdown, and the Markdown itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.comparison.budget import spoken
from headway.comparison.ranking import LEVEL

if TYPE_CHECKING:
    from headway.comparison.ranking import Row
    from headway.comparison.result import Comparison

ACCURACY = ("recipe", "test", "95 % interval", "CV", "p test", "p folds")
REST = ("macro F1", "log-loss", "ECE", "train", "ms/picture", "MB")
LEGEND = (
    "p: against the best, by McNemar's test on the test pictures and by the corrected t-test on the folds, which "
    f"decides where there is one; ≈ no worse beyond chance (p ≥ {LEVEL:g}, or ahead on the folds). "
    "CV: cross-validated accuracy. train: with nothing kept. ms/picture: from the file."
)


def accuracy(row: Row) -> list[str]:
    """Return the cells of a row under `ACCURACY`."""
    cv = "" if row.cv is None else f"{row.cv['accuracy']:.3f}"
    return [row.name, f"{row.accuracy:.3f}", f"{row.low:.3f}-{row.high:.3f}", cv, *verdict(row)]


def rest(row: Row) -> list[str]:
    """Return the cells of a row under `REST`."""
    scores = [f"{score:.3f}" for score in (row.macro_f1, row.log_loss, row.ece)]
    size = f"{row.megabytes:.1f}" if row.megabytes >= 0.1 else "<0.1"
    return [*scores, spoken(row.seconds), f"{row.ms_per_picture:.1f}", size]


def verdict(row: Row) -> list[str]:
    """Return how a row stands against the best: on the test pictures, and on the folds."""
    if row.p is None:
        return ["best", ""]
    shown = ["" if p is None else f"{p:.3f}" if p >= 0.001 else "<0.001" for p in (row.p_test, row.p_folds)]
    deciding = 0 if row.p_folds is None else 1
    shown[deciding] = f"{'≈ ' if row.level_with_best else ''}{shown[deciding]}"
    return shown


def facts(comparison: Comparison) -> list[str]:
    """Return the lines that stand above the table."""
    lines = [comparison.source, f"Split: {comparison.split}; the same for all recipes"]
    if bad := len(comparison.quarantined):
        lines.append(f"Could not be read, and left out: {bad:,}")
    return lines


def left_out(comparison: Comparison) -> list[str]:
    """Return a line for each reason why recipes did not run."""
    names: dict[str, list[str]] = {}
    for left in comparison.left_out:
        names.setdefault(left.reason, []).append(left.name)
    return [f"{', '.join(of)}: {reason}" for reason, of in names.items()]


def write(comparison: Comparison) -> str:
    """Return a comparison as a page of Markdown."""
    head = (*ACCURACY, *REST)
    lines = ["# Comparison by Headway", "", *(f"{line}  " for line in facts(comparison)), ""]
    lines += [f"| {' | '.join(head)} |", "|" + "|".join(["---", *["--:"] * (len(head) - 1)]) + "|"]
    for row in comparison.rows:
        name, *cells = [*accuracy(row), *rest(row)]
        shown = f"**{_escaped(name)}**" if row is comparison.pick else _escaped(name)
        lines.append(f"| {' | '.join([shown, *cells])} |")
    lines += ["", LEGEND, ""]
    if comparison.left_out:
        lines += ["Left out:", "", *(f"- {_escaped(line)}" for line in left_out(comparison)), ""]
    lines += ["## Advice", "", *(f"- {_escaped(sentence)}" for sentence in comparison.advice), ""]
    lines += ["To have it:", "", f"    {comparison.command}", ""]
    if comparison.case is not None:
        title, *measured = comparison.case.sentences()
        lines += ["## Which case", "", title, "", *(f"- {line.strip()}" for line in measured), ""]
    lines += ["## Recipes", "", *(f"- {_escaped(row.name)}: {_escaped(row.title)}" for row in comparison.rows)]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    text = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\|*_`<>[]#" else c for c in text)
