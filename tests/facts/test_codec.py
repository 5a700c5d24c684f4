"""Facts to plain values and back, and what their schemas allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import jsonschema
import pytest

from headway.errors import DataError
from headway.facts import codec
from headway.facts.scores import ClassScores, ConfusionCell
from headway.facts.training import Epoch, Training


@dataclass(frozen=True)
class Outer:
    """A fact for these tests.

    Parameters
    ----------
    cells : tuple of ConfusionCell
        Facts inside a fact.
    sizes : mapping of str to int
        By name.
    best, worst : float or None
        Two fields that share a description.
    """

    cells: tuple[ConfusionCell, ...]
    sizes: Mapping[str, int]
    best: float | None = None
    worst: float | None = None


FACT = Outer((ConfusionCell(0, 1, 7),), {"a": 1}, 0.5)


def test_plain_values_survive_json() -> None:
    values = json.loads(json.dumps(codec.plain(FACT)))
    assert values == {"cells": [{"true": 0, "predicted": 1, "count": 7}], "sizes": {"a": 1}, "best": 0.5, "worst": None}
    assert codec.parse(Outer, values) == FACT


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"cells": None}, "cells"),
        ({"sizes": {"a": "many"}}, "sizes"),
        ({"sizes": {"a": True}}, "sizes"),
        ({"best": "0.5"}, "best"),
        ({"cells": [{"true": 0, "predicted": 1}]}, "count"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], place: str) -> None:
    with pytest.raises(DataError, match=place):
        codec.parse(Outer, codec.plain(FACT) | change)


def test_the_schema_takes_the_fact_and_nothing_else() -> None:
    schema = codec.schema(Outer)
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    values = codec.plain(FACT)
    assert validator.is_valid(values)
    assert not validator.is_valid(values | {"undocumented": 1})
    for key in values:
        assert not validator.is_valid({name: value for name, value in values.items() if name != key}), key


def test_every_field_is_described_in_the_schema() -> None:
    properties = codec.schema(Outer)["$defs"]["Outer"]["properties"]
    assert properties["worst"]["description"] == "Two fields that share a description."

    @dataclass(frozen=True)
    class Bare:
        """No description of its field."""

        field: int

    with pytest.raises(KeyError, match="Bare does not describe field"):
        codec.schema(Bare)


def test_facts_are_read_back_whole() -> None:
    epoch = Epoch(1, None, 0.25, 0.5, 0.75, 1e-3, None)
    training = Training("all", 10, 5, 1, 1, ("hflip",), False, (epoch, replace(epoch, number=2)), None, None)
    assert codec.parse(Training, json.loads(json.dumps(codec.plain(training)))) == training
    assert codec.parse(ClassScores, codec.plain(ClassScores("ä", 1, 1.0, 0.5, 0.0))).name == "ä"
