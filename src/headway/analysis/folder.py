"""The result of an analysis as two tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from headway.analysis.columns import VERDICTS
from headway.cells import path_cell, text_cell
from headway.errors import OutputError
from headway.places import check_output, replacing

if TYPE_CHECKING:
    from headway.analysis.columns import ColumnReport
    from headway.analysis.study import Study

FEATURES, MAP = "features.csv", "map.csv"


def prepare_folder(folder: Path) -> None:
    """Make a folder, or refuse it with an `OutputError` before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError for a NUL byte
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"the folder {folder} cannot be made: {why}; give another place with -o") from error
    for name in (FEATURES, MAP):
        check_output(folder / name)


def write_analysis(study: Study, folder: Path) -> list[Path]:
    """Write the tables; return the files."""
    write_features(study.report, folder / FEATURES)
    write_map(study, folder / MAP)
    return [folder / FEATURES, folder / MAP]


def write_features(report: ColumnReport, file: Path) -> None:
    """Write a line for each feature: CSV in UTF-8. Without labels it has no columns on the class."""
    names = report.names()
    measured = {
        "mean": report.mean,
        "std": report.std,
        "spread": report.spread,
    }
    if (evidence := report.evidence) is not None:
        measured |= {
            "F": evidence.F,
            "F_q": evidence.F_q,
            "mutual_information": evidence.information,
            "mutual_information_q": evidence.information_q,
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
    """Write a line for each image on the map: CSV in UTF-8. Without labels it has no column of classes."""
    data, has_classes = study.dataset, study.report.evidence is not None
    lines = (
        [
            path_cell(data.name(row)),
            *([text_cell(data.classes[data.labels[row]])] if has_classes else []),
            f"{x:.6g}",
            f"{y:.6g}",
        ]
        for row, (x, y) in zip(study.rows[study.map_rows].tolist(), study.map_points.tolist(), strict=True)
    )
    _write_csv(file, ["path", *(["class"] if has_classes else []), "x", "y"], lines)


def _write_csv(file: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    with replacing(file) as handle:
        handle.write(text.getvalue().encode("utf-8", "surrogateescape"))
