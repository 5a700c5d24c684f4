"""Which drawings an analysis has, by the name of their file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from headway.analysis import plots
from headway.analysis.wording import describe
from headway.drawing import Drawing

if TYPE_CHECKING:
    from headway.analysis.study import Study
    from headway.types import IntArray


def draw(study: Study) -> dict[str, Drawing]:
    """Return what can be drawn of a study: what is by class only with labels, panels only of features there are."""
    report, classes = study.report, study.dataset.classes
    best, worst = report.best(plots.PANELS), report.worst(plots.PANELS)
    drawings = {
        "spread": Drawing(lambda _: plots.spread(report)),
        "correlation": Drawing(lambda _: plots.correlation(report)),
        "rank": Drawing(lambda _: plots.rank(study.spectrum, study.features.shape[1])),
        "map": Drawing(
            partial(
                plots.scatter,
                places=study.map_points,
                labels=study.labels[study.map_rows],
                method=study.map_method,
            ),
            classes,
        ),
    }
    if (evidence := report.evidence) is not None:
        drawings["information"] = Drawing(lambda _: plots.information(report, evidence))
    if len(best):
        drawings["best"] = _panels(study, best, "The features that say most about the class")
    if len(worst):
        drawings["worst"] = _panels(study, worst, "Features that vary and say least about the class")
    return drawings


def _panels(study: Study, columns: IntArray, title: str) -> Drawing:
    names = [
        f"{output}[{place}]\n{describe(output, place)}"
        for output, width in study.report.dims.items()
        for place in range(width)
    ]
    panels = partial(
        plots.panels,
        features=study.features,
        labels=study.labels,
        chosen=columns,
        titles=[names[column] for column in columns.tolist()],
        title=title,
    )
    return Drawing(panels, study.dataset.classes)
