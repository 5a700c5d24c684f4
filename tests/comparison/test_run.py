"""The comparison: everything on the same split, finished recipes kept, what cannot run left out."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headway import Recipe, read
from headway.comparison import Comparison, compare
from headway.comparison import run as module
from headway.comparison.curve import Point
from headway.comparison.outcome import Outcome
from headway.comparison.rates import Rates
from headway.comparison.similarity import Similarity
from headway.errors import DataError, MissingExtraError, RunError, UnknownNameError, UserError
from tests.helpers import write_pictures

TINY = {
    "centroid": Recipe(backbone="tiny", features="last", head="centroid"),
    "logistic": Recipe(backbone="tiny", features="last", head="logistic"),
    "depths": Recipe(backbone="tiny", features="depths", head="logistic"),
}


class Notes:
    """A `Progress` that keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[str] = []

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages.append(stage)

    def advance(self, steps: int = 1) -> None:
        pass

    def note(self, message: str) -> None:
        self.notes.append(message)


@pytest.fixture(autouse=True)
def quick_case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the case in one test only: it runs the carried network once more."""
    if "same_split" not in request.node.name:
        monkeypatch.setattr(module.similarity, "measure", lambda *args, **options: Similarity(0.3, 0.5, 0.6, 36))
        monkeypatch.setattr(module.curve, "measure", lambda *args, **options: (Point(14, 0.9), Point(28, 1.0)))


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """The recipes that were really run, in order."""
    run: list[Recipe] = []
    real = module.learn

    def learn(data: Any, recipe: Recipe, **options: Any) -> Any:
        run.append(recipe)
        return real(data, recipe, **options)

    monkeypatch.setattr(module, "learn", learn)
    return run


def failing(monkeypatch: pytest.MonkeyPatch, head: str, error: BaseException) -> None:
    """Let recipes with this head fail."""
    real = module.learn

    def learn(data: Any, recipe: Recipe, **options: Any) -> Any:
        if recipe.head == head:
            raise error
        return real(data, recipe, **options)

    monkeypatch.setattr(module, "learn", learn)


def names(comparison: Comparison) -> set[str]:
    return {row.name for row in comparison.rows}


def test_all_recipes_see_the_same_split(pictures: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    notes = Notes()
    comparison = compare(pictures, TINY, seed=3, test_fraction=0.3, progress=notes)
    assert names(comparison) == set(TINY)
    assert {row.n for row in comparison.rows} == {comparison.test}
    assert comparison.pictures == 35
    assert [bad.reason for bad in comparison.quarantined]
    assert all(recipe.seed == 3 and recipe.test_fraction == 0.3 for recipe in comparison.recipes.values())
    assert comparison.rows[0].accuracy == 1
    assert {row.p_folds is None for row in comparison.rows[1:]} == {False}, "all have folds"
    assert all(row.ms_per_picture > 0 and row.seconds > 0 and row.megabytes > 0 for row in comparison.rows)
    assert comparison.case is not None
    assert comparison.case.number in (1, 3)
    assert any(stage.startswith("2/3 logistic: ") for stage in notes.stages)
    assert not comparison.interrupted


def test_a_later_run_with_one_more_costs_that_one_only(pictures: Path, learnt: list[Recipe]) -> None:
    first = compare(pictures, TINY)
    assert len(learnt) == 3
    again = compare(pictures, TINY)
    assert len(learnt) == 3, "all was kept"
    assert again.to_dict() == first.to_dict()
    more = compare(pictures, TINY | {"mlp": Recipe(backbone="tiny", features="last", head="mlp")})
    assert [recipe.head for recipe in learnt[3:]] == ["mlp"]
    assert len(more.rows) == 4
    compare(pictures, TINY, only=["depths"], seed=1)
    assert len(learnt) == 5, "another split is another comparison"
    write_pictures(pictures, 13)
    compare(pictures, TINY, only=["depths"])
    assert len(learnt) == 6, "so are other pictures"


def test_recipes_with_the_same_features_pay_the_same_for_them(
    pictures: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed: list[str] = []
    real = Rates._measured

    def measured(self: Rates, reader: Recipe) -> float:
        timed.append(reader.backbone)
        return real(self, reader)

    monkeypatch.setattr(Rates, "_measured", measured)
    shared: list[float] = []
    monkeypatch.setattr(module, "rank", lambda finished, *rest: shared.extend(o.reading for _, o in finished) or ())
    recipes = TINY | {"colour": Recipe(backbone="colour")}
    compare(pictures, recipes)
    assert timed == [], "the rate at which they were really computed is taken"
    assert shared[0] == shared[1] == shared[2] != shared[3]
    compare(pictures, recipes)
    assert shared[4:] == shared[:4], "it is kept"
    shutil.rmtree(own_cache / "compare")
    compare(pictures, recipes)
    assert timed == ["tiny", "colour"], "where features were kept, each rate is timed once"
    assert shared[8] == shared[9] == shared[10]
    assert min(shared) > 0


def test_what_cannot_be_kept_is_compared_all_the_same(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "compare").touch()
    notes = Notes()
    comparison = compare(pictures, TINY, cache=tmp_path / "cache", progress=notes)
    assert names(comparison) == set(TINY)
    assert comparison.case is not None
    assert len([note for note in notes.notes if note.startswith("found, but not kept: ")]) == 1, "said once"


def test_an_interrupted_comparison_gives_what_there_is_and_goes_on(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, learnt: list[Recipe]
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, "logistic", KeyboardInterrupt())
        partial = compare(pictures, TINY)
        assert partial.interrupted
        assert names(partial) == {"centroid"}
        assert [(left.name, left.reason) for left in partial.left_out] == [
            ("logistic", "interrupted"),
            ("depths", "interrupted"),
        ]
        assert partial.case is None
        with pytest.raises(KeyboardInterrupt):
            compare(pictures, TINY, only=["logistic"])
    whole = compare(pictures, TINY)
    assert [recipe.head for recipe in learnt] == ["centroid", "logistic", "logistic"]
    assert names(whole) == set(TINY)


def test_an_interruption_while_the_case_is_measured(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module.similarity, "measure", interrupt)
    comparison = compare(pictures, TINY, only=["centroid"])
    assert comparison.interrupted
    assert comparison.case is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MissingExtraError("torch is needed for this: pip install 'headway[torch]'"), "headway[torch]"),
        (RunError("training gave numbers that are none"), "numbers that are none"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_cannot_run_is_left_out(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    failing(monkeypatch, "centroid", error)
    notes = Notes()
    comparison = compare(pictures, TINY, skip=["depths"], progress=notes)
    assert names(comparison) == {"logistic"}
    [left] = comparison.left_out
    assert left.name == "centroid"
    assert reason in left.reason
    assert any(note.startswith("left out centroid") for note in notes.notes)
    with pytest.raises(UserError, match="none of the recipes could be run; centroid"):
        compare(pictures, TINY, only=["centroid"])


def test_without_torch_what_needs_it_is_left_out(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    trained = {"scratch": Recipe(scratch="food11"), "tuned": Recipe(backbone="tiny", finetune="last-block")}
    comparison = compare(pictures, trained | TINY, skip=["depths", "logistic"])
    assert names(comparison) == {"centroid"}
    assert [left.name for left in comparison.left_out] == ["scratch", "tuned"]
    assert all("headway[torch]" in left.reason for left in comparison.left_out)


def test_a_budget_leaves_out_what_does_not_fit(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.comparison.budget._WHOLE", 1e6)
    slow = {"whole": Recipe(backbone="tiny", finetune="all")}
    comparison = compare(pictures, TINY | slow, skip=["depths"], budget=600)
    assert names(comparison) == {"centroid", "logistic"}
    [left] = comparison.left_out
    assert "of the budget were left" in left.reason
    with pytest.raises(UserError, match="the budget"):
        compare(pictures, {"x": TINY["depths"]}, budget=1e-6)
    for wrong in (0, -1.0, float("nan")):
        with pytest.raises(UserError, match="above 0"):
            compare(pictures, TINY, budget=wrong)


def test_a_damaged_result_is_made_again(pictures: Path, own_cache: Path, learnt: list[Recipe]) -> None:
    compare(pictures, TINY, only=["centroid"])
    for path in (own_cache / "compare").rglob("outcome.json"):
        path.write_bytes(path.read_bytes()[:-20])
    compare(pictures, TINY, only=["centroid"])
    assert len(learnt) == 2


def test_pictures_that_change_meanwhile_are_noticed(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.learn

    def learn(data: Any, recipe: Recipe, **options: Any) -> Any:
        write_pictures(pictures, 3, seed=9)
        return real(data, recipe, **options)

    monkeypatch.setattr(module, "learn", learn)
    with pytest.raises(UserError, match="changed since the comparison began"):
        compare(pictures, TINY, only=["centroid"])


def test_pictures_in_memory() -> None:
    random = np.random.default_rng(0)
    arrays = [random.integers(0, 80, (30, 30, 3)).astype(np.uint8) + np.uint8(150 * (i % 2)) for i in range(30)]
    comparison = compare(read(arrays, ["dark", "light"] * 15), TINY, only=["centroid"])
    assert comparison.rows[0].accuracy == 1


def test_wrong_input_is_told_before_any_work(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean depths"):
        compare("no such folder", only=["depth"])
    with pytest.raises(DataError):
        compare(tmp_path / "nothing", TINY)
    with pytest.raises(UserError, match="folds"):
        compare(pictures, TINY, folds=1)


def test_features_cannot_be_compared(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.cli.main import run

    assert run(["embed", str(pictures), "-o", str(tmp_path / "f.parquet"), "--backbone", "tiny", "--quiet"]) == 0
    with pytest.raises(UserError, match="needs the pictures"):
        compare(tmp_path / "f.parquet", TINY)


def test_a_given_validation_split_is_no_folds(pictures: Path, tmp_path: Path) -> None:
    for path in sorted(pictures.glob("*/*.png")):
        part = "train" if int(path.stem) < 6 else "validation" if int(path.stem) < 9 else "test"
        folder = tmp_path / "split" / part / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    comparison = compare(tmp_path / "split", TINY, only=["centroid", "logistic"])
    assert all(row.cv is None and row.p_folds is None for row in comparison.rows)
    assert comparison.rows[1].p_test is not None


def test_the_outcome_of_a_fit(pictures: Path) -> None:
    from headway.fitting import learn

    fitted = learn(pictures, TINY["depths"])
    outcome = Outcome.of(fitted)
    assert outcome.test["accuracy"] == fitted.report["test"]["accuracy"]
    truth = fitted.division.labels[fitted.division.parts.test]
    assert (outcome.predicted == truth).sum() == outcome.test["right"]
    assert outcome.folds is not None
    assert outcome.cv is not None
    assert sorted(np.unique(outcome.folds.fold)) == [0, 1, 2, 3, 4]
    assert outcome.features == "depths of tiny"
    seconds = fitted.report["seconds"]
    assert outcome.fitting == pytest.approx(seconds["total"] - seconds["features"])
    assert outcome.took == seconds["total"]
