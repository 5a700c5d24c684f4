"""The result of an analysis as files: two tables and the figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.analysis import plots
from headway.analysis.columns import VERDICTS
from headway.analysis.wording import in_words
from headway.errors import OutputError
from headway.places import check_output, replacing

if TYPE_CHECKING:
    from headway.analysis.columns import ColumnReport
    from headway.analysis.spectrum import Spectrum
    from headway.types import FloatArray, IntArray

FEATURES, MAP = "features.csv", "map.csv"
FIGURES = ("std.png", "correlation.png", "information.png", "rank.png", "best.png", "worst.png", "map.png")


def prepare_folder(folder: Path) -> None:
    """Make a folder, or refuse it before any work is done.

    Raises
    ------
    OutputError
        When it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"the folder {folder} cannot be made: {why}; give another place with -o") from error
    for name in (FEATURES, MAP, *FIGURES):
        check_output(folder / name)


def write_features(report: ColumnReport, file: Path) -> None:
    """Write a line for each feature: CSV in UTF-8."""
    names = report.names()
    measured = {
        "mean": report.mean,
        "std": report.std,
        "spread": report.spread,
        "F": report.F,
        "F_q": report.F_q,
        "mutual_information": report.information,
        "mutual_information_q": report.information_q,
    }
    others = [(names[other], f"{r:.4f}") if other >= 0 else ("", "") for other, r in zip(
        report.nearest.tolist(), report.correlation.tolist(), strict=True)]  # fmt: skip
    lines = (
        [
            name,
            column,
            *(f"{values[column]:.6g}" for values in measured.values()),
            *others[column],
            names[report.repeats[column]] if report.repeats[column] >= 0 else "",
            VERDICTS[report.verdict[column]],
        ]
        for column, name in enumerate(names)
    )
    _write_csv(file, ["feature", "column", *measured, "nearest", "r", "repeats", "verdict"], lines)


def write_map(file: Path, paths: Sequence[str], classes: Sequence[str], places: FloatArray) -> None:
    """Write a line for each picture on the map: CSV in UTF-8.

    Parameters
    ----------
    file : Path
    paths, classes : sequence of str, length m
    places : float32 array (m, 2)
    """
    lines = (
        [path, label, f"{x:.6g}", f"{y:.6g}"]
        for path, label, (x, y) in zip(paths, classes, places.tolist(), strict=True)
    )
    _write_csv(file, ["path", "class", "x", "y"], lines)


def _write_csv(file: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    with replacing(file) as handle:
        handle.write(text.getvalue().encode("utf-8", "surrogateescape"))


def write_figures(
    folder: Path,
    report: ColumnReport,
    found: Spectrum,
    features: FloatArray,
    labels: IntArray,
    classes: Sequence[str],
    drawn: tuple[IntArray, FloatArray, str],
) -> Iterator[str]:
    """Draw and write each figure, and yield its name.

    Parameters
    ----------
    folder : Path
    report : ColumnReport
    found : Spectrum
    features : float32 array (n, d)
    labels : int64 array (n,)
    classes : sequence of str
    drawn : tuple
        Of the map: its rows, places and method.
    """
    names = [
        f"{output}[{place}]\n{in_words(output, place)}"
        for output, width in report.dims.items()
        for place in range(width)
    ]
    best, worst = report.best(plots.PANELS), report.worst(plots.PANELS)
    rows, places, method = drawn
    figures: dict[str, Callable[[], Any]] = {
        "std.png": lambda: plots.spread(report),
        "correlation.png": lambda: plots.correlation(report),
        "information.png": lambda: plots.information(report),
        "rank.png": lambda: plots.rank(found, features.shape[1]),
        "best.png": lambda: plots.panels(
            features, labels, classes, best, [names[c] for c in best], "The features that say most about the class"
        ),
        "worst.png": lambda: plots.panels(
            features,
            labels,
            classes,
            worst,
            [names[c] for c in worst],
            "Features that vary and say least about the class",
        ),
        "map.png": lambda: plots.scatter(places, labels[rows], classes, method),
    }
    for name, draw in figures.items():
        if (name, 0) in (("best.png", len(best)), ("worst.png", len(worst))):
            (folder / name).unlink(missing_ok=True)  # an older one would speak of other pictures
            continue
        with replacing(folder / name) as file:
            plots.save(draw(), file)
        yield name
