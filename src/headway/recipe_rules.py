"""What the fields of a recipe may hold, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real
from reprlib import repr as shortened
from typing import Any

from headway import changes
from headway.errors import blaming
from headway.ranges import AUTO, BITS, parse_range
from headway.types import MOST_BANDS, is_bands

MAX_FOLDS = 100
MAX_SEED = 2**32 - 1
MAX_IMAGE_SIZE = 2048
MAX_EPOCHS = 10_000
_MOST = {"seed": MAX_SEED, "image_size": MAX_IMAGE_SIZE, "select_count": 2**31, "epochs": MAX_EPOCHS}
SOLVERS = ("newton-cg", "lbfgs")
_C_RANGE = 1e-9, 1e9  # beyond, float32 has no numbers for the optimum


def problems(recipe: Any) -> Iterator[tuple[str, str]]:
    """Yield each field of a `headway.Recipe` that is wrong, and what is; names of fields stand in braces.

    Only the first is sure to be one: what comes later relies on what was checked before.
    """
    yield from _wrong_values(recipe)
    yield from _contradictions(recipe)


def _wrong_values(recipe: Any) -> Iterator[tuple[str, str]]:
    """Yield values of a wrong type or out of their range."""
    if not isinstance(recipe.backbone, str) or not recipe.backbone:
        yield "backbone", f"the backbone must be the name of one, not {recipe.backbone!r}: see `headway backbones`"
    if not isinstance(recipe.features, str) or not recipe.features:
        yield (
            "features",
            "{features} must be the name of some: auto, last, depths, flat, or a layer such as block4, not "
            f"{shortened(recipe.features)}",
        )
    if not isinstance(recipe.weights, str):
        yield "weights", f"weights must be a file or 'random', not {recipe.weights!r}"
    for name in ("tta", "refit"):
        if not isinstance(getattr(recipe, name), bool):
            yield name, f"{name} must be true or false, not {getattr(recipe, name)!r}"
    fraction: float = recipe.test_fraction
    folds: int = recipe.folds
    rate: float = recipe.learning_rate
    strengths: tuple[float, ...] = recipe.C
    if not isinstance(fraction, Real) or not 0 <= fraction < 1:  # NaN is not, either
        yield "test_fraction", f"the test fraction must be at least 0 and below 1, not {fraction!r}"
    if not _is_whole(folds):
        yield "folds", f"folds must be a whole number from 2 to {MAX_FOLDS}, not {folds!r}"
    if not 2 <= folds <= MAX_FOLDS:
        yield "folds", f"cross-validation needs at least 2 folds and at most {MAX_FOLDS}, not {folds!r}"
    for name, most in _MOST.items():
        value = getattr(recipe, name)
        if not _is_whole(value) or not 0 <= value <= most:
            what = "the seed" if name == "seed" else name.replace("_", " ")
            yield name, f"{what} must be a whole number from 0 to {most:,}, not {value!r}"
    if not isinstance(rate, Real) or not 0 <= rate <= 10:
        yield "learning_rate", f"the learning rate must lie between 0 and 10, not at {rate!r}"
    for name in ("C", "solver", "augment", "bands"):
        if not isinstance(getattr(recipe, name), tuple | list):
            yield name, f"{name} must be a list, not {getattr(recipe, name)!r}"
    lowest, highest = _C_RANGE
    if not all(isinstance(C, Real) and lowest <= C <= highest for C in strengths):
        yield "C", f"every C must be a number from {lowest:g} to {highest:g}, they are {shortened(recipe.C)}"
    if not all(name in SOLVERS for name in recipe.solver) or len(set(recipe.solver)) < len(recipe.solver):
        yield "solver", f"solver must list some of {', '.join(SOLVERS)}, each once, it is {shortened(recipe.solver)}"
    if not is_bands(recipe.bands):
        yield (
            "bands",
            f"{{bands}} must be one whole number for grey, or three for red, green and blue, from 1 to "
            f"{MOST_BANDS:,}, not {shortened(recipe.bands)}",
        )
    if recipe.value_range != AUTO and parse_range(recipe.value_range) is None:
        text = "" if isinstance(recipe.value_range, str) else "text: "
        yield (
            "value_range",
            f"{{value_range}} must be {text}auto, a number of bits ({', '.join(map(str, BITS))} or 16), or two "
            f"numbers, the lower first, such as '0,4095', not {shortened(recipe.value_range)}",
        )
    if not all(isinstance(change, str) for change in recipe.augment):
        yield "augment", f"augment must list changes such as 'rotate=40', it is {recipe.augment!r}"
    with blaming("augment"):
        changes.parse(recipe.augment)


def _contradictions(recipe: Any) -> Iterator[tuple[str, str]]:
    """Yield values that contradict each other."""
    finetunes, scratch = recipe.finetune != "none", recipe.scratch != "none"
    trains, way = finetunes or scratch, "{finetune}" if finetunes else "{scratch}"
    has_plan = trains or recipe.head.startswith("dense")
    as_keras = "cannot be combined with {decoding} keras:"
    other_backbone = recipe.backbone != type(recipe).backbone
    of_tuned = ", several depths or the flat map" if finetunes else ""
    with_way = f"cannot be combined with {way}"
    planless = "needs {finetune}, {scratch} or a dense head: no network is trained otherwise"
    contradictions = (
        (finetunes and scratch, "finetune", "cannot be combined with {scratch}, which trains a network of its own"),
        (scratch and other_backbone, "backbone", "cannot be combined with {scratch}, which has no backbone"),
        (scratch and recipe.weights != "", "weights",
         "cannot be combined with {scratch}, which begins at random ones"),
        (trains and recipe.select != "none", "select", f"{with_way}: a network that is trained chooses its features"),
        (trains and recipe.head not in ("auto", "logistic", *(("dense256",) if finetunes else ())), "head",
         f"{{value}} {with_way}: a network that is trained has its own head"),
        (trains and recipe.features not in ("auto", "last", *(("depths", "flat") if finetunes else ())), "features",
         f"{{value}} {with_way}: the head of a network that is trained reads the last layer{of_tuned}"),
        (recipe.tta and recipe.features == "flat", "tta",
         "cannot be combined with {features} flat: places in a mirrored map are others"),
        (trains and recipe.balance not in ("none", "weights"), "balance",
         f"{{value}} {with_way}: a network that is trained can be balanced by weights only"),
        (not trains and bool(recipe.augment), "augment",
         "needs {finetune} or {scratch}: only networks that are trained see changed pictures"),
        (not has_plan and not recipe.solver and recipe.epochs > 0, "epochs", planless),
        (not has_plan and recipe.learning_rate > 0, "learning_rate", planless),
        (not has_plan and recipe.loss != "cross-entropy", "loss", planless),
        (not has_plan and recipe.optimizer != "auto", "optimizer", planless),
        (recipe.select_count > 0 and recipe.select == "none", "select_count",
         "needs {select}, which says by what: anova, std, …"),
        (bool(recipe.C) and recipe.head not in ("auto", "logistic", "svm"), "C",
         f"cannot be combined with {{head}} {recipe.head}, which has no penalty to set"),
        (bool(recipe.solver) and recipe.head != "logistic", "solver", "needs {head} logistic, which it solves"),
        (bool(recipe.solver) and trains, "solver", f"{with_way}: a network that is trained has its own head"),
        (scratch and recipe.scaling != "network", "scaling",
         "cannot be combined with {scratch}, which scales pictures in its own way"),
        (recipe.decoding == "keras" and recipe.resize != "squash", "resize",
         f"{{value}} {as_keras} Keras squashes"),
        (recipe.decoding == "keras" and len(recipe.bands) > 0, "bands", f"{as_keras} Keras reads what the file says"),
        (recipe.decoding == "keras" and recipe.value_range != AUTO, "value_range",
         f"{as_keras} Keras reads what the file says"),
    )  # fmt: skip
    for wrong, name, why in contradictions:
        if wrong:
            yield name, f"{{{name}}} {why.replace('{value}', str(getattr(recipe, name)))}"


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
