"""What a comparison of the same pictures measured, cited by a fit: only of exactly these, and only beyond chance."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import headway
from headway import Recipe
from headway.comparison import compare
from headway.facts.alternatives import Alternative
from headway.fitting.alternatives import Way, pack, remember
from headway.fitting.cache import AREA, OutcomeCache, data_key
from headway.rendering.advice import advice
from headway.types import Silent
from tests.helpers import run_fit, write_pictures

POOR: dict[str, Any] = {"backbone": "tiny", "head": "majority"}


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Three classes of 30 pictures, of which 18 are tested on."""
    return write_pictures(tmp_path / "many", 30)


def left(data: Path, *ways: dict[str, Any]) -> None:
    """Leave ways in the cache, as a comparison of these pictures would; all have every test picture right."""
    division = run_fit(data, Recipe(**POOR)).division
    test = len(division.parts.test)
    usual = Way(
        key="0",
        recipe="finetune-last-block",
        backbone="tiny",
        parameters=5_418,
        tuned=True,
        reading=((), "auto"),
        as_one=True,
        accuracy=1.0,
        low=0.8,
        high=1.0,
        right=pack(np.ones(test, np.bool_)),
        seconds=240.0,
        command="headway fit PICTURES/ --backbone tiny --finetune last-block",
    )
    made = [replace(usual, **{"key": str(number), **changes}) for number, changes in enumerate(ways)]
    remember(OutcomeCache(data_key(division)), made, Silent())


def cited(data: Any, **settings: Any) -> tuple[Alternative, ...]:
    return headway.fit(data, **{**POOR, **settings}).report.alternatives


def test_what_compare_measured_is_cited_by_a_fit_of_the_same_pictures_only(many: Path, tmp_path: Path) -> None:
    alone = headway.fit(many, **POOR)
    assert alone.report.alternatives == ()
    recipes = {"big": Recipe(features="last", head="centroid"), "small": Recipe(backbone="tiny", head="centroid")}
    big = next(row for row in compare(many, recipes).rows if row.name == "big")
    model = headway.fit(many, **POOR)
    [found] = model.report.alternatives
    assert (found.kind, found.recipe, found.backbone) == ("bigger-network", "big", "efficientnet_lite0")
    assert (found.n, found.accuracy, found.low, found.high) == (big.n, big.accuracy, big.low, big.high)
    assert model.report.test is not None
    assert found.better and found.gain == pytest.approx(big.accuracy - model.report.test.accuracy) and found.p < 0.01
    assert found.command == "headway fit PICTURES/ --features last --head centroid"
    assert model.content == alone.content, "the model does not depend on what else was measured"
    assert cited(many, backbone="efficientnet_lite0", features="last", head="centroid") == ()
    assert cited(many, seed=1) == () == cited(many, test_fraction=0.3)
    renamed = tmp_path / "renamed"
    many.rename(renamed)
    assert cited(renamed) == (found,), "the place does not matter"
    first = sorted((renamed / "red").iterdir())[0]
    content = first.read_bytes()
    first.write_bytes(content + b"\0")
    assert cited(renamed) == ()
    first.unlink()
    (renamed / "blue" / "new.png").write_bytes(content)
    assert cited(renamed) == (), "another label"


def test_the_best_of_each_kind_beyond_chance(many: Path) -> None:
    half = pack(np.arange(18) % 2 == 0)
    left(
        many,
        {"accuracy": 0.9, "low": 0.7, "recipe": "finetune-all"},
        {"recipe": "finetune-last-block"},
        {"backbone": "resnet50", "parameters": 10**7, "accuracy": 0.3, "low": 0.1, "high": 0.6, "right": half},
    )
    tuned, bigger = cited(many)
    assert (tuned.kind, tuned.recipe, tuned.better, tuned.n) == ("fine-tuning", "finetune-last-block", True, 18)
    assert tuned.p == pytest.approx(2 * 0.5**12), "12 pictures that only the other has right, and two ways"
    assert (bigger.kind, bigger.better, bigger.tuned) == ("bigger-network", False, True) and bigger.gain < 0


@pytest.mark.parametrize(
    "changes",
    [
        {"reading": ((1,), "auto")},
        {"as_one": False},
        {"right": "ff"},
        {"right": "no hexadecimal"},
        {"accuracy": 7.0},
        {"seconds": -1.0},
        {"tuned": False},
        {"backbone": "another"},
    ],
)
def test_what_cannot_be_compared_is_not_cited(many: Path, changes: dict[str, Any]) -> None:
    left(many, changes)
    assert cited(many) == ()


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b'{"sha256": "0", "content": {}}', None])
def test_a_file_that_is_broken_or_of_another_form_is_ignored(many: Path, damage: bytes | None) -> None:
    left(many, {})
    assert cited(many)
    [path] = AREA.folder().glob(AREA.pattern)
    if damage is None:  # whole, but of another form
        cache = OutcomeCache(data_key(run_fit(many, Recipe(**POOR)).division))
        cache.save("ways", {"ways": [{"key": "from another version"}]})
        damage = path.read_bytes()
        assert b"another version" in damage
    path.write_bytes(damage)
    assert cited(many) == ()
    left(many, {})
    assert cited(many), "and is replaced"


def test_comparisons_add_to_each_other_and_stay_small(many: Path) -> None:
    left(many, *({"seconds": 1.0 + number} for number in range(50)))
    left(many, {"key": "49", "seconds": 7.0}, {"key": "new"})
    [path] = AREA.folder().glob(AREA.pattern)
    ways = json.loads(path.read_bytes())["content"]["ways"]
    assert len(ways) == 40 and [way["key"] for way in ways[-2:]] == ["49", "new"]
    assert [way["seconds"] for way in ways if way["key"] == "49"] == [7.0]
    assert path.stat().st_size < 20_000


def test_a_fit_that_fine_tuned_is_not_told_to(many: Path) -> None:
    pytest.importorskip("torch")
    left(many, {}, {"parameters": 10**7, "backbone": "resnet50"})
    assert [one.kind for one in cited(many, head="auto", finetune="all", epochs=1)] == ["bigger-network"]


def test_nothing_is_cited_where_nothing_was_tested_or_no_network_read(many: Path) -> None:
    left(many, {})
    assert cited(many, test_fraction=0.0) == ()
    assert cited(many, backbone="colour") == ()


def test_advice_names_the_figures(many: Path) -> None:
    left(many, {})
    lines = [str(one) for one in advice(headway.fit(many, **POOR).report)]
    assert lines[0] == (
        "Fine-tune the network: headway compare measured 100 % (80.0 to 100 %) for that on the same 18 pictures, 33.3 % "
        "for this model; it took 4 min: headway fit PICTURES/ --backbone tiny --finetune last-block."
    )
