"""``headway features``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.console import Output, common
from headway.cli.options import PATH, borrows, cached, choice, max_bad, reads_data
from headway.recipe import Recipe

if TYPE_CHECKING:
    from headway.analysis.study import Study
    from headway.dataset import Dataset

EPILOG = """\b
Examples:
  headway features photos/                           how many features are bad, and why
  headway features photos/ -o analysis               each one in a table, and figures: pip install 'headway[plots]'
  headway features photos/ -o analysis --map tsne    pictures with like features side by side
  headway features features.parquet                  of what `headway embed` wrote
"""

_NOTE = (
    "All labels were looked at, those of test pictures too: this is for people to look at. To leave features out of a "
    "model, headway fit --select chooses inside the cross-validation only."
)


@click.command("features", epilog=EPILOG)
@reads_data
@click.option("-o", "--output", "target", type=PATH, metavar="FOLDER",
              help="Where to write features.csv, map.csv and the figures.")  # fmt: skip
@borrows
@choice("features", "Of the last layer, of several depths (as auto), or the last map flattened.")
@click.option("--map", "map_method", metavar="pca|tsne|umap", default="pca", show_default=True,
              help="How the pictures are laid out in two dimensions; umap: pip install 'headway[umap]'.")  # fmt: skip
@max_bad
@cached
@common
def command(
    data: Path,
    read_data: Callable[..., Dataset],
    target: Path | None,
    map_method: Any,
    offline: bool,
    max_bad: float,
    output: Output,
    cache: Path | None,
    **given: Any,
) -> None:
    """Say which features are of use: which hardly vary, repeat another, or show no information about the class."""
    from headway.analysis.folder import prepare_folder
    from headway.analysis.maps import check_map
    from headway.analysis.study import study
    from headway.embedding import is_features_file

    recipe = Recipe(**{field: value for field, value in given.items() if value is not None})
    check_map(map_method)
    if target is not None:
        prepare_folder(target)
    with output.progress() as progress:
        found = study(
            data if is_features_file(data) else read_data(),
            recipe,
            map_method=map_method,
            cache=cache,
            offline=offline,
            max_bad=max_bad,
            progress=progress,
        )
        files = _write(found, target, map_method, output) if target is not None else []
    if output.as_json:
        output.document(_facts(found, [str(file) for file in files]))
    elif not output.quiet:
        _say(found, files, output)


def _write(found: Study, folder: Path, method: str, output: Output) -> list[Path]:
    from headway.analysis import plots
    from headway.analysis.folder import FEATURES, FIGURES, MAP, write_features, write_figures, write_map

    data = found.dataset
    write_features(found.report, folder / FEATURES)
    rows = found.rows[found.map_rows].tolist()
    classes = [data.classes[data.labels[row]] for row in rows]
    write_map(folder / MAP, [data.name(row) for row in rows], classes, found.map_places)
    files = [folder / FEATURES, folder / MAP]
    if not plots.available():
        output.note(f"no figures ({', '.join(FIGURES)}): they need matplotlib: pip install 'headway[plots]'")
        return files
    drawn = found.map_rows, found.map_places, method
    names = write_figures(folder, found.report, found.spectrum, found.features, found.labels, data.classes, drawn)
    return files + [folder / name for name in names]


def _facts(found: Study, files: list[str]) -> dict[str, Any]:
    """Return the document of ``--json``."""
    report, table = found.report, found.table
    limits = report.limits
    outputs = {
        name: {"features": report.dims[name], **counts, "effective_rank": round(found.ranks[name], 3)}
        for name, counts in report.counts().items()
    }
    return {
        "data": {
            "source": found.dataset.source,
            "n": report.n,
            "classes": list(found.dataset.classes),
            "quarantined": [{"path": bad.path, "reason": bad.reason} for bad in table.quarantined],
        },
        "features": {
            "backbone": found.backbone,
            "precision": table.precision,
            "resize": table.resize,
            "n": found.features.shape[1],
            "computed": table.computed,
            "cached": table.cached,
        },
        "limits": {"spread": limits.spread, "correlation": limits.correlation, "false_discovery_rate": limits.level},
        "verdicts": _total(found),
        "outputs": outputs,
        "few_pictures": report.few,
        "effective_rank": round(found.spectrum.effective_rank, 3),
        "directions": found.spectrum.most,
        "participation_ratio": round(found.spectrum.participation_ratio, 3),
        "directions_90": found.spectrum.directions(0.9),
        "sampled": {
            "correlation": report.n_correlated,
            "mutual_information": report.n_informed,
            "effective_rank": found.spectrum.n,
            "map": len(found.map_rows),
        },
        "best": [report.names()[column] for column in report.best(8)],
        "note": _NOTE,
        "files": files,
    }


def _total(found: Study) -> dict[str, int]:
    tables = list(found.report.counts().values())
    return {verdict: sum(table[verdict] for table in tables) for verdict in tables[0]}


def _say(found: Study, files: list[Path], output: Output) -> None:
    from headway.analysis.columns import ENOUGH

    report, total = found.report, _total(found)
    output.say(found.dataset.source)
    output.say(
        f"Features: {found.backbone} ({found.table.precision}), {found.features.shape[1]:,} features of each of "
        f"{report.n:,} pictures"
    )
    rows = [
        [name, f"{report.dims[name]:,}", *(f"{count:,}" for count in counts.values()), f"{found.ranks[name]:,.1f}"]
        for name, counts in report.counts().items()
    ]
    d = found.features.shape[1]
    rank = found.spectrum.effective_rank
    if len(rows) > 1:
        rows.append(["all", f"{d:,}", *(f"{count:,}" for count in total.values()), f"{rank:,.1f}"])
    output.table(["output", "features", *total, "effective rank"], rows)
    limits = report.limits
    output.say(
        f"near-constant: below {limits.spread:g} of the median standard deviation of its output; repeats another: "
        f"|r| from {limits.correlation:g}; no information shown: ANOVA F and mutual "
        f"information find none, at a false discovery rate of {limits.level:g}"
    )
    output.say(
        f"Directions: effective rank {rank:,.1f} of at most {found.spectrum.most:,}, "
        f"participation ratio {found.spectrum.participation_ratio:,.1f}, "
        f"90 % of the variance in {found.spectrum.directions(0.9):,}"
    )
    for what, count in (
        ("correlations", report.n_correlated),
        ("mutual information", report.n_informed),
        ("effective rank", found.spectrum.n),
        ("the map", len(found.map_rows)),
    ):
        if count < report.n:
            output.say(f"To save time, {what}: of {count:,} pictures drawn at random")
    if report.n < len(found.table):
        output.say(f"To save memory, all of it: of {report.n:,} of {len(found.table):,} pictures, drawn at random")
    output.say(_NOTE)
    if report.few:
        output.note(
            f"few pictures, {report.n:,} of {report.n_classes:,} classes: no information shown does not mean that "
            f"there is none; from about {ENOUGH} pictures of a class on, more features can show theirs"
        )
    for bad in found.table.quarantined:
        output.note(f"could not be read: {bad.path}: {bad.reason}")
    if files:
        output.say(f"Saved {', '.join(file.name for file in files)} in {files[0].parent}")
