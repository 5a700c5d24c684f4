import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway import Recipe, read
from headway.comparison.outcome import FoldPredictions, Outcome
from headway.errors import OutputError
from headway.facts.codec import plain
from headway.fitting.cache import OutcomeCache, data_key, recipe_key
from headway.fitting.division import Division
from headway.splits import Split, split
from tests.comparison.making import outcome

LABELS = np.arange(40) % 2


@pytest.fixture
def division() -> Division:
    pictures = [np.full((4, 4, 3), i, np.uint8) for i in range(40)]
    data = read(pictures, ["ab"[label] for label in LABELS])
    hashes = tuple(bytes([i]) * 32 for i in range(40))
    return Division(data, hashes, np.arange(40), split(data.labels, seed=0))


def test_the_key_changes_with_all_that_recipes_see(division: Division) -> None:
    parts = division.parts
    moved = Split(parts.train[1:], parts.validation, np.sort(np.append(parts.test, parts.train[0])), parts.division)
    relabelled = replace(division.data, labels=1 - division.data.labels)
    renamed = replace(division.data, classes=("a", "c"))
    others = [
        replace(division, hashes=(b"x" * 32, *division.hashes[1:])),
        replace(division, hashes=division.hashes[::-1]),
        replace(division, groups=np.arange(40) // 2),
        replace(division, parts=moved),
        replace(division, data=relabelled),
        replace(division, data=renamed),
        replace(division, parts=replace(parts, division=replace(parts.division, kind="given"))),
    ]
    assert len({data_key(division), *(data_key(other) for other in others)}) == 8
    assert data_key(replace(division, groups=np.arange(40)[::-1] + 7)) == data_key(division), "numbers mean nothing"


def test_the_key_of_a_recipe_knows_the_files_that_it_names(tmp_path: Path) -> None:
    network = tmp_path / "network.onnx"
    network.write_bytes(b"one")
    recipe = Recipe(backbone=str(network))
    first = recipe_key(recipe)
    assert recipe_key(recipe) == first
    network.write_bytes(b"two")
    assert recipe_key(recipe) != first
    assert recipe_key(Recipe(seed=1)) != recipe_key(Recipe())


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    cache = OutcomeCache("data", tmp_path)
    one = outcome(LABELS, 3)
    assert cache.load("recipe", Outcome) is None
    cache.save("recipe", one)
    assert cache.load("recipe", Outcome) == one
    assert cache.load("another", Outcome) is None
    assert OutcomeCache("other data", tmp_path).load("recipe", Outcome) is None
    assert cache.path("recipe").is_relative_to(tmp_path / "compare")


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"sha256": "0", "content": {}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    cache = OutcomeCache("data", tmp_path)
    cache.save("recipe", outcome(LABELS, 3))
    cache.path("recipe").write_bytes(damage)
    assert cache.load("recipe", Outcome) is None


def test_a_flipped_digit_is_noticed(tmp_path: Path) -> None:
    cache = OutcomeCache("data", tmp_path)
    cache.save("recipe", outcome(LABELS, 3))
    path = cache.path("recipe")
    document = json.loads(path.read_bytes())
    document["content"]["test"]["accuracy"] = 1.0
    path.write_text(json.dumps(document))
    assert cache.load("recipe", Outcome) is None


def test_whole_files_of_other_content_are_not_believed(tmp_path: Path) -> None:
    cache = OutcomeCache("data", tmp_path)
    values = plain(outcome(LABELS, 3))
    for wrong in (
        {},
        {"test": {}},
        values | {"predicted": "many"},
        values | {"fit_s": "long"},
        values | {"test": {"n": 3}},
        values | {"cross_validation": 3},
        values | {"family": "my-fine-tuned-resnet"},
    ):
        cache.save("recipe", wrong)
        assert cache.load("recipe", Outcome) is None, wrong


def test_an_outcome_has_as_many_predictions_as_the_split_has_pictures() -> None:
    one = outcome(LABELS, 3)
    assert one.is_of(len(LABELS))
    assert not one.is_of(len(LABELS) + 1)
    assert not replace(one, folds=FoldPredictions(rows=(1,), fold=(), predicted=())).is_of(len(LABELS))


def test_a_cache_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--cache"):
        OutcomeCache("data", tmp_path / "file").save("recipe", {})
