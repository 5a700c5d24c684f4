"""The result of an analysis as files: two tables and the figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.analysis import plots
from headway.analysis.columns import VERDICTS
from headway.analysis.wording import describe
from headway.cells import path_cell, text_cell
from headway.errors import OutputError
from headway.places import check_output, replacing

if TYPE_CHECKING:
    from headway.analysis.columns import ColumnReport
    from headway.analysis.study import Study

FEATURES, MAP = "features.csv", "map.csv"
FIGURES = ("std.png", "correlation.png", "information.png", "rank.png", "best.png", "worst.png", "map.png")


def prepare_folder(folder: Path) -> None:
    """Make a folder, or refuse it with an `OutputError` before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"the folder {folder} cannot be made: {why}; give another place with -o") from error
    for name in (FEATURES, MAP, *FIGURES):
        check_output(folder / name)


def write_analysis(study: Study, folder: Path) -> list[Path]:
    """Write the tables, and where matplotlib is installed the figures; return the files."""
    write_features(study.report, folder / FEATURES)
    write_map(study, folder / MAP)
    figures = write_figures(study, folder) if plots.available() else []
    return [folder / FEATURES, folder / MAP, *figures]


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
    lines = []
    for column, name in enumerate(names):
        other, repeated = int(report.nearest[column]), int(report.repeats[column])
        lines.append(
            [
                name,
                column,
                *(f"{values[column]:.6g}" for values in measured.values()),
                *((names[other], f"{report.correlation[column]:.4f}") if other >= 0 else ("", "")),
                names[repeated] if repeated >= 0 else "",
                VERDICTS[report.verdict[column]],
            ]
        )
    _write_csv(file, ["feature", "column", *measured, "nearest", "r", "repeats", "verdict"], lines)


def write_map(study: Study, file: Path) -> None:
    """Write a line for each image on the map: CSV in UTF-8."""
    data = study.dataset
    lines = (
        [path_cell(data.name(row)), text_cell(data.classes[data.labels[row]]), f"{x:.6g}", f"{y:.6g}"]
        for row, (x, y) in zip(study.rows[study.map_rows].tolist(), study.map_points.tolist(), strict=True)
    )
    _write_csv(file, ["path", "class", "x", "y"], lines)


def _write_csv(file: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    with replacing(file) as handle:
        handle.write(text.getvalue().encode("utf-8", "surrogateescape"))


def write_figures(study: Study, folder: Path) -> list[Path]:
    """Draw and write the figures; return their files."""
    report, classes = study.report, study.dataset.classes
    best, worst = report.best(plots.PANELS), report.worst(plots.PANELS)
    titles = [
        f"{output}[{place}]\n{describe(output, place)}"
        for output, width in report.dims.items()
        for place in range(width)
    ]

    def panels(columns: Any, title: str) -> Any:
        return plots.panels(study.features, study.labels, classes, columns, [titles[c] for c in columns], title)

    figures: dict[str, Callable[[], Any]] = {
        "std.png": lambda: plots.spread(report),
        "correlation.png": lambda: plots.correlation(report),
        "information.png": lambda: plots.information(report),
        "rank.png": lambda: plots.rank(study.spectrum, study.features.shape[1]),
        "best.png": lambda: panels(best, "The features that say most about the class"),
        "worst.png": lambda: panels(worst, "Features that vary and say least about the class"),
        "map.png": lambda: plots.scatter(study.map_points, study.labels[study.map_rows], classes, study.map_method),
    }
    empty = {name for name, columns in (("best.png", best), ("worst.png", worst)) if not len(columns)}
    for name in empty:
        (folder / name).unlink(missing_ok=True)  # an older one would show other images
    written = [folder / name for name in figures if name not in empty]
    for file in written:
        with replacing(file) as handle:
            plots.save(figures[file.name](), handle)
    return written
