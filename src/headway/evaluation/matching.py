"""The classes of labelled images, matched by name with those of the models that are to be scored on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from headway.dataset import Dataset, align
from headway.dataset.core import name_classes
from headway.dataset.names import class_name, some
from headway.errors import DataError

if TYPE_CHECKING:
    from headway.model import Model


@dataclass(frozen=True)
class Matched:
    """Images that a model can be scored on.

    Parameters
    ----------
    dataset : Dataset
        Its classes are those of the model, in the model's order.
    class_names : mapping of str to str
        The class of each name that stands in the data, as the model's fit named them; empty where they match as they
        are.
    unknown : mapping of str to int
        Images that were left out, by the name of their class in the data.
    """

    dataset: Dataset
    class_names: Mapping[str, str]
    unknown: Mapping[str, int]


def match(models: Sequence[Model], dataset: Dataset, *, skip_unknown: bool) -> list[Matched]:
    """Return for each model the images to score it on, the same for all.

    With ``skip_unknown``, images of a class that one of the models does not know are left out; otherwise, and where
    nothing is left, they are a `DataError`. Images without a label always are.
    """
    named = [_names_from_fit(model, dataset) for model in models]
    unknown = _unknown(models, named, dataset) if skip_unknown else {}
    if unknown:
        dataset = _without(unknown, models, dataset)
    return [
        Matched(align(_renamed(dataset, names), model.classes), names, unknown)
        for model, names in zip(models, named, strict=True)
    ]


def _names_from_fit(model: Model, dataset: Dataset) -> dict[str, str]:
    """Return the classes of names in the data, where the model's fit named them so and none is a class already.

    What the user gave names to stays. A name that could be meant either way is a `DataError`.
    """
    names = model.report.data.class_names
    if dataset.class_names or not names:
        return {}
    found, classes = _with_images(dataset), set(model.classes)
    for name in found:
        if name in classes and names.get(name, name) != name:
            raise DataError(
                f"the name of a class must have one meaning, and {name!r} is a class of {model.name} and also what its "
                f"training data called {names[name]!r}: say which is meant with class_names (--class-names)"
            )
    return {} if classes & found.keys() else {name: names[name] for name in found if name in names}


def _unknown(models: Sequence[Model], named: Sequence[Mapping[str, str]], dataset: Dataset) -> dict[str, int]:
    """Return how many images each class has that one of the models does not know."""
    known = [set(map(class_name, model.classes)) for model in models]
    return {
        name: count
        for name, count in _with_images(dataset).items()
        if not all(names.get(name, name) in classes for names, classes in zip(named, known, strict=True))
    }


def _without(unknown: Mapping[str, int], models: Sequence[Model], dataset: Dataset) -> Dataset:
    # The last is what the label -1 picks: images without a label stay, and `align` refuses them.
    rest = dataset.subset(np.array([*(name not in unknown for name in dataset.classes), True])[dataset.labels])
    if not len(rest):
        known = "; ".join(f"{model.name} knows {some(model.classes)}" for model in models)
        raise DataError(
            f"one class of the data at least must be known to {' and to '.join(model.name for model in models)}, and "
            f"{some(list(unknown))} {'is' if len(unknown) == 1 else 'are'} not: {known}"
        )
    return rest


def _renamed(dataset: Dataset, names: Mapping[str, str]) -> Dataset:
    if not names:
        return dataset
    labels, classes, _ = name_classes(dataset.labels, [names.get(name, name) for name in dataset.classes])
    return replace(dataset, labels=labels, classes=classes)


def _with_images(dataset: Dataset) -> dict[str, int]:
    return {name: count for name, count in dataset.counts().items() if count}
