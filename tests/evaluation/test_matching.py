"""The classes of the data and those of the models: by name, as the fit named them, or left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from headway.dataset import Dataset, read
from headway.errors import DataError
from headway.evaluation.matching import match
from headway.model import Model
from tests.model.making import TINY, linear, made

OUTPUTS = "block1.mean", "head.mean"


def model(
    classes: tuple[str, ...] = ("bread", "dairy", "egg"), names: Mapping[str, str] | None = None, name: str = "m.onnx"
) -> Model:
    plain = made(linear(sum(TINY.dims[name] for name in OUTPUTS), len(classes)), features=OUTPUTS, classes=classes)
    report = replace(plain.report, data=replace(plain.report.data, class_names=names or {}))
    return replace(plain, report=report, name=name)


def data(*labels: str, class_names: object = None) -> Dataset:
    dataset: Dataset = read([np.zeros((4, 4), np.uint8)] * len(labels), list(labels), class_names=class_names)
    return dataset


def labels(dataset: Dataset) -> list[str]:
    return [dataset.classes[label] for label in dataset.labels.tolist()]


NUMBERS = {"0": "bread", "1": "dairy", "2": "egg"}


def test_names_are_matched_as_they_are() -> None:
    [matched] = match([model(names=NUMBERS)], data("egg", "bread"), skip_unknown=False)
    assert (labels(matched.dataset), matched.class_names, matched.unknown) == (["egg", "bread"], {}, {})


def test_a_model_knows_the_names_that_its_fit_gave() -> None:
    [matched] = match([model(names=NUMBERS)], data("2", "0", "2"), skip_unknown=False)
    assert labels(matched.dataset) == ["egg", "bread", "egg"]
    assert matched.dataset.classes == ("bread", "dairy", "egg")
    assert matched.class_names == {"0": "bread", "2": "egg"}


def test_two_spellings_of_one_class_become_one() -> None:
    [matched] = match([model(names={"0": "bread", "00": "bread"})], data("0", "00"), skip_unknown=False)
    assert labels(matched.dataset) == ["bread", "bread"]


def test_what_the_user_calls_the_classes_wins() -> None:
    named = data("0", "1", class_names=["egg", "bread"])
    [matched] = match([model(names=NUMBERS)], named, skip_unknown=False)
    assert (labels(matched.dataset), matched.class_names) == (["egg", "bread"], {})


def test_names_and_numbers_together_are_not_guessed_at() -> None:
    with pytest.raises(DataError, match="every class must be known to the model, and '0' is not"):
        match([model(names=NUMBERS)], data("egg", "0"), skip_unknown=False)


def test_a_number_that_the_fit_did_not_name_stays_unknown() -> None:
    with pytest.raises(DataError, match=r"'7' is not; .* skip_unknown \(--skip-unknown\) goes on without"):
        match([model(names=NUMBERS)], data("0", "7"), skip_unknown=False)
    [matched] = match([model(names=NUMBERS)], data("0", "7", "7"), skip_unknown=True)
    assert (labels(matched.dataset), matched.unknown) == (["bread"], {"7": 2})


def test_a_name_with_two_meanings_is_refused() -> None:
    """Digits that are called by the numbers from 0: the folder 1 is either the class 1 or the class 0."""
    digits = model(("0", "1"), {"1": "0", "2": "1"})
    with pytest.raises(
        DataError, match=r"'1' is a class of m\.onnx and also what its training data called '0'.*--class"
    ):
        match([digits], data("1"), skip_unknown=False)
    [matched] = match([digits], data("1", class_names={"1": "1"}), skip_unknown=False)
    assert labels(matched.dataset) == ["1"]


def test_unknown_classes_are_left_out_and_counted() -> None:
    whole = data("egg", "rice", "soup", "rice", "bread")
    [matched] = match([model()], whole, skip_unknown=True)
    assert labels(matched.dataset) == ["egg", "bread"]
    assert matched.unknown == {"rice": 2, "soup": 1}
    assert matched.dataset.names(np.arange(2)) == ["picture 0", "picture 4"]


def test_where_all_are_known_nothing_is_left_out() -> None:
    [matched] = match([model()], data("egg"), skip_unknown=True)
    assert (len(matched.dataset), matched.unknown) == (1, {})


def test_two_models_are_scored_on_what_both_know() -> None:
    first, second = model(names=NUMBERS, name="a.onnx"), model(("0", "1", "9"), name="b.onnx")
    one, other = match([first, second], data("0", "1", "2", "9", "9"), skip_unknown=True)
    assert (labels(one.dataset), labels(other.dataset)) == (["bread", "dairy"], ["0", "1"])
    assert one.unknown == other.unknown == {"2": 1, "9": 2}
    assert (one.class_names, other.class_names) == (NUMBERS, {})


def test_when_nothing_is_left_the_error_says_what_is_known() -> None:
    with pytest.raises(DataError, match=r"known to m\.onnx, and 'rice' is not: m\.onnx knows 'bread', 'dairy', 'egg'"):
        match([model()], data("rice"), skip_unknown=True)
    with pytest.raises(DataError, match=r"known to a\.onnx and to b\.onnx, and 'egg', 'soup' are not: a\.onnx knows"):
        match(
            [model(name="a.onnx"), model(("soup", "rice", "x"), name="b.onnx")], data("egg", "soup"), skip_unknown=True
        )


def test_pictures_without_a_label_are_an_error_all_the_same() -> None:
    whole = data("egg", "rice", "egg")
    some = replace(whole, labels=np.array([0, 1, -1]))
    with pytest.raises(DataError, match="labels are needed to score a model, and 1 of 2 pictures have none"):
        match([model()], some, skip_unknown=True)
