"""Which case of transfer learning it is, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from headway.rendering.blocks import Line
from headway.rendering.words import plural

if TYPE_CHECKING:
    from headway.facts.fit import FitReport
    from headway.facts.transfer import Case

SUGGESTION = {
    1: "freeze the network and train a new head",
    2: "fine-tune the whole network",
    3: "read features of earlier layers",
    4: "train the whole network, from scratch or from the pretrained weights",
}
_CHECK = {
    1: "frozen-logistic,depths,finetune-last-block",
    2: "frozen-logistic,finetune-all",
    3: "frozen-logistic,depths",
    4: "frozen-logistic,finetune-all,scratch",
}  # recipes of `headway compare`: what is suggested, and what is not
_USUAL = {"backbone": "efficientnet_lite0", "weights": "", "image_size": 0}  # what `headway compare` takes by itself


def size(case: Case) -> str:
    """Say whether a data set counts as large."""
    return "large" if case.large else "small"


def likeness(case: Case) -> str:
    """Say whether images count as similar to those of ImageNet.

    Examples
    --------
    >>> from headway.facts.transfer import Case, Similarity
    >>> alike = Similarity(0.24, 0.58, 0.71, 32, True)
    >>> likeness(Case(number=1, train=192, classes=2, large=False, curve=(), gain=None, similarity=alike))
    'similar to ImageNet'
    """
    return "similar to ImageNet" if case.similarity.similar else "different from ImageNet"


def conditions(report: FitReport) -> Iterator[Line]:
    """Yield which case a fit is, what that suggests, and what to type to see whether it holds; nothing without one."""
    if (case := report.case) is None:
        return
    each = plural(round(case.train / case.classes), "picture")
    measured = f"similarity {case.similarity.similarity:.2f}, by a sample of {case.similarity.pictures:,}"
    yield Line(
        f"Transfer: case {case.number} of 4, {size(case)} ({each} a class to learn from) and {likeness(case)} "
        f"({measured})"
    )
    yield Line(
        f"- the rule says to {SUGGESTION[case.number]}; to see whether it holds: "
        f"headway compare PICTURES/ --only {_CHECK[case.number]}{_network(report)}"
    )


def _network(report: FitReport) -> str:
    """Return the options by which `headway compare` takes the network of the fit, where it is another than usual."""
    given = {name: report.recipe.get(name, usual) for name, usual in _USUAL.items()}
    if report.recipe.get("scratch", "none") != "none":
        return ""
    named = ((name.replace("_", "-"), value) for name, value in given.items() if value != _USUAL[name])
    return "".join(f" --{option} {shlex.quote(str(value))}" for option, value in named)
