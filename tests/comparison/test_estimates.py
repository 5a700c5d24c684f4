"""How long recipes are expected to take: measured rates, typical fits, and what corrects them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from headway import Recipe, backbones, read
from headway.comparison import rates as module
from headway.comparison.estimates import Estimates
from headway.comparison.rates import FeatureRates
from headway.embedding import embed_images
from headway.errors import DataError, MissingExtraError
from headway.fitting.cache import OutcomeCache
from headway.session import Session


class Rates:
    """Rates that are made up: of the carried network, and of what is missing."""

    def __init__(self, images_per_s: float = 1 / 0.0035, missing: float | Exception | None = 0.0) -> None:
        self.images_per_s, self.missing = images_per_s, missing

    def guess(self, recipe: Recipe) -> float:
        assert recipe == Recipe()
        return self.images_per_s

    def missing_s(self, recipe: Recipe) -> float | None:
        if isinstance(self.missing, Exception):
            raise self.missing
        return self.missing


def estimates(pictures: int = 1000, **rates: Any) -> Estimates:
    return Estimates(pictures, Rates(**rates), lambda recipe: 0.0)  # type: ignore[arg-type]


def test_features_that_are_missing_are_added() -> None:
    fit = estimates().seconds(Recipe())
    assert estimates(missing=20.0).seconds(Recipe()) == pytest.approx(fit + 20)
    assert estimates(missing=None).seconds(Recipe()) == pytest.approx(fit + 3.5), "typical ones, of a backbone to come"
    assert estimates(missing=DataError("no")).seconds(Recipe()) == pytest.approx(fit), "it will say so itself"
    scratch = Recipe(scratch="food11")
    assert estimates(missing=20.0).seconds(scratch) == estimates().seconds(scratch), "it reads none"


def test_what_is_not_installed_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = MissingExtraError("skimage is needed for this: pip install 'headway[handmade]'")
    with pytest.raises(MissingExtraError, match="handmade"):
        estimates(missing=missing).seconds(Recipe(backbone="handmade"))
    monkeypatch.setitem(sys.modules, "torch", None)
    for recipe in (Recipe(scratch="food11"), Recipe(finetune="auto")):
        with pytest.raises(MissingExtraError, match=r"torch is needed for this: pip install 'headway\[torch\]'"):
            estimates().seconds(recipe)
    assert estimates().seconds(Recipe()) > 0


def test_a_slow_machine_is_slow_in_all() -> None:
    for recipe in (Recipe(), Recipe(finetune="all")):
        slow = estimates(images_per_s=1 / 0.014).seconds(recipe)
        assert slow == pytest.approx(4 * estimates().seconds(recipe))


def test_a_fit_corrects_those_of_its_kind() -> None:
    known = estimates()
    before = known.seconds(Recipe()), known.seconds(Recipe(finetune="last-block"))
    known.record(Recipe(), 3 * before[0])
    known.record(Recipe(head="svm"), 3 * before[0])
    assert known.seconds(Recipe(head="mlp")) == pytest.approx(3 * before[0])
    assert known.seconds(Recipe(finetune="last-block")) == pytest.approx(before[1]), "heads say nothing of training"


def test_costs_are_in_a_sensible_order() -> None:
    recipes = [
        Recipe(),
        Recipe(backbone="handmade"),
        Recipe(finetune="auto"),
        Recipe(scratch="food11"),
        Recipe(finetune="auto", device="cuda"),
    ]
    seconds = [estimates().seconds(recipe) for recipe in recipes]
    assert seconds == sorted(seconds)
    assert estimates().seconds(Recipe(finetune="all")) == seconds[-1]


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were timed, each time that it was done; their rate is 10 a second."""
    timed: list[int] = []

    def measure(self: FeatureRates, recipe: Recipe, most: int) -> float:
        timed.append(most)
        return 10.0

    monkeypatch.setattr(module.FeatureRates, "_measure", measure)
    return timed


def test_a_rate_is_guessed_from_a_few_pictures_where_none_is_known(pictures: Path, timed: list[int]) -> None:
    data, recipe = read(pictures), Recipe(backbone="tiny")
    with Session.open() as session:
        rates = FeatureRates(data, OutcomeCache("some data", session.cache), session)
        assert [rates.missing_s(recipe) for _ in range(2)] == [pytest.approx(len(data) / 10)] * 2
        assert timed == [16], "once"
        assert rates.seconds(recipe) == pytest.approx(len(data) / 10)
        assert timed == [16, 128], "a guess is not what the table says"
        assert rates.guess(recipe) == 10
        embed_images(session, data, backbones.find("tiny"), resize=recipe.resize)
        assert rates.missing_s(recipe) == 0


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(backbone="resnet18"),
        Recipe(backbone="mine.onnx"),
        Recipe(weights="random"),
        Recipe(backbone="hog", image_size=64),
    ],
)
def test_nothing_is_obtained_for_a_guess(pictures: Path, recipe: Recipe, timed: list[int]) -> None:
    with Session.open() as session:
        assert FeatureRates(read(pictures), OutcomeCache("some data", session.cache), session).missing_s(recipe) is None
    assert not timed
