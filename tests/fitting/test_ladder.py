"""A budget: what there is time for is tried, what helps is taken, and nothing else changes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import headway
from headway import recipes
from headway.budget import Budget, OutOfTimeError
from headway.cli.main import run
from headway.embedding import timing
from headway.errors import UserError
from headway.facts.budget import BudgetReport, Step
from headway.fitting import ladder, reserve, tuning
from headway.fitting.ladder import Climb, Ladder
from headway.recipe import Recipe
from headway.rendering.budget import explained, rows, taken
from headway.search import bounds
from tests.helpers import Notes

SMALL = {"image_size": 32, "head": "logistic", "precision": "fp32", "finetune": "none"}  # quick: size and way stay


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "SECOND", "tiny")


def outcomes(model: headway.Model) -> list[tuple[str, str]]:
    assert model.report.budget is not None
    return [(step.name, step.outcome) for step in model.report.budget.steps]


def test_one_step_is_chosen_and_the_report_says_what_each_brought(pictures: Path, tmp_path: Path) -> None:
    model = headway.fit(pictures, budget=1000.0, **SMALL)  # type: ignore[arg-type]
    found = outcomes(model)
    assert [name for name, _ in found] == ["default", "another-network", "another-network", "mirrored-views"]
    assert found[2][1] == "not-here"
    assert [outcome for _, outcome in found].count("chosen") == 1
    report = model.report
    (chosen,) = (step for step in report.budget.steps if step.outcome == "chosen")
    assert (chosen.backbone, chosen.image_size, chosen.tta) == (
        report.backbone.name, model.size, report.recipe["tta"],
    )  # fmt: skip
    assert report.recipe["backbone"] == report.backbone.name
    tried = [step for step in report.budget.steps if step.seconds is not None]
    assert all(step.accuracy is not None and step.log_loss is not None for step in tried)
    assert report.cross_validation.n == 36
    model.save(tmp_path / "m.onnx")
    loaded = headway.load(tmp_path / "m.onnx")
    assert [step.seconds for step in loaded.report.budget.steps] == [None] * 4
    files = sorted(pictures.glob("*/*.png"))[:4]
    assert [answer.label for answer in loaded.predict(files)] == [answer.label for answer in model.predict(files)]


def test_a_step_that_helps_is_the_model(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a head cannot tell classes apart by the first network, it takes the second."""
    plain = ladder.frozen.Heads.choose

    def blurred(self: ladder.Heads, *arguments: object, **options: object) -> object:
        table = self.table

        def fetch(positions: np.ndarray, columns: object) -> np.ndarray:
            values = table.fetch(positions, slice(None)).copy()
            width = 2768 if values.shape[1] >= 2768 else 0
            values[:, :width] = np.random.default_rng(0).standard_normal((len(values), width))
            return values[:, columns]

        object.__setattr__(self, "table", ladder.replace(table, fetch=fetch))
        return plain(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ladder.frozen.Heads, "choose", blurred)
    model = headway.fit(pictures, budget=1000.0, tta=False, **SMALL)  # type: ignore[arg-type]
    assert outcomes(model)[:2] == [("default", "no-better"), ("another-network", "chosen")]
    assert model.report.features.outputs[-1] == "tiny/head.mean"


@pytest.mark.parametrize("head", ["auto", "centroid"])
def test_the_recipe_of_what_was_chosen_gives_the_same_model(pictures: Path, tmp_path: Path, head: str) -> None:
    settings = SMALL | {"head": head, "tta": False}
    model = headway.fit(pictures, budget=1000.0, **settings)  # type: ignore[arg-type]
    file = tmp_path / "recipe.toml"
    file.write_text(recipes.write(Recipe(**model.report.recipe)))
    again = headway.fit(pictures, recipes.read(file).recipe)
    assert again.report.budget is None
    assert (again.report.head.kind, again.report.head.C) == (model.report.head.kind, model.report.head.C)
    assert again.report.features.outputs == model.report.features.outputs
    assert again.report.recipe == model.report.recipe
    for one, other in zip(model.head.weights, again.head.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.calibration.temperature == pytest.approx(model.calibration.temperature, rel=1e-3)


def test_without_time_it_is_the_model_without_a_budget(pictures: Path) -> None:
    plain = headway.fit(pictures, **SMALL)  # type: ignore[arg-type]
    model = headway.fit(pictures, budget=0.001, **SMALL)  # type: ignore[arg-type]
    assert [outcome for _, outcome in outcomes(model)] == ["chosen", "no-time", "not-here", "no-time"]
    for one, other in zip(plain.head.weights, model.head.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert plain.report.cross_validation == model.report.cross_validation
    assert plain.report.recipe == model.report.recipe


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (3 * 2768, ["", "", "not-here", ""]),  # what the first network alone is searched whole by
        (3 * 2767, ["chosen", "too-many-classes", "not-here", "too-many-classes"]),
    ],
)
def test_a_step_that_nothing_could_be_compared_with_is_not_taken(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, most: int, expected: list[str]
) -> None:
    monkeypatch.setattr(bounds, "WHOLE", most)
    model = headway.fit(pictures, budget=1000.0, **SMALL)  # type: ignore[arg-type]
    found = outcomes(model)
    assert [outcome for (_, outcome), one in zip(found, expected, strict=True) if one] == [
        one for one in expected if one
    ]
    for step in model.report.budget.steps:
        assert step.outcome != "too-many-classes" or "too-many-classes" in expected
        assert (step.accuracy is None) == (step.outcome in ("too-many-classes", "not-here"))
        assert step.image_size == 32


def test_a_step_that_takes_too_long_is_stopped(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Climb, "_rest", lambda self: -1e9)
    monkeypatch.setattr(Budget, "keeping", lambda self, seconds: self)
    model = headway.fit(pictures, budget=0.001, **SMALL)  # type: ignore[arg-type]
    assert [outcome for _, outcome in outcomes(model)] == ["chosen", "stopped", "not-here", "stopped"]
    assert [step.seconds is None for step in model.report.budget.steps] == [False, False, True, False]


def test_a_step_is_expected_to_go_no_quicker_than_what_all_pictures_took(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few pictures may be small where the others are large."""
    monkeypatch.setattr(ladder, "measure_rate", lambda *arguments: 1e9)
    monkeypatch.setattr(ladder, "rate_of_all", lambda table: 36 / 5000)
    assert table_rates() == [10.0, np.inf]
    model = headway.fit(pictures, budget=1000.0, tta=False, **SMALL)  # type: ignore[arg-type]
    step = model.report.budget.steps[1]
    assert step.outcome == "no-time"
    assert step.expected_s >= 5000


def test_a_step_leaves_time_for_what_follows_the_search(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "_SURE_S", 2000.0)
    notes = Notes()
    model = headway.fit(pictures, budget=1000.0, progress=notes, **SMALL)  # type: ignore[arg-type]
    assert [outcome for _, outcome in outcomes(model)] == ["chosen", "no-time", "not-here", "no-time"]
    assert not any("alone take" in note for note in notes.notes)


def test_time_that_is_kept_is_not_left() -> None:
    assert 6 < Budget(10).keeping(3).left <= 7
    assert Budget(1).keeping(3).left == 0


def test_a_budget_below_what_is_done_without_one_is_said_before_and_in_the_table(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserve, "measure_rate", lambda *arguments: 0.1)
    notes, settings = Notes(), SMALL | {"backbone": "tiny"}
    model = headway.fit(pictures, budget=0.5, progress=notes, **settings)  # type: ignore[arg-type]
    (note,) = (note for note in notes.notes if "alone take" in note)
    assert "the features of 36 pictures alone take about 6 min of" in note and "as without a budget" in note
    first = model.report.budget.steps[0]
    assert ("The first alone, which is always done, took longer" in explained(model.report.budget)) == (
        first.seconds > 0.5
    )
    again = Notes()
    headway.fit(pictures, budget=0.5, progress=again, **settings)  # type: ignore[arg-type]
    assert not any("alone take" in note for note in again.notes)  # its features are known


def test_the_table_says_that_the_first_step_took_longer() -> None:
    first = Step("default", "tiny", 32, False, "chosen", seconds=75.0)
    assert explained(BudgetReport(30.0, (first,))).endswith("The first alone, which is always done, took longer: 75 s")
    assert "longer" not in explained(BudgetReport(90.0, (first,)))


def table_rates() -> list[float]:
    """Return the rates of a table that was computed, and of one that was mostly known."""
    counts = ({"computed": 30, "cached": 6}, {"computed": 6, "cached": 30})
    return [timing.rate_of_all(SimpleNamespace(images_per_s=10.0, **one)) for one in counts]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fixed", "recipe", "expected"),
    [
        (set(), Recipe(), ["another-network", "another-network", "mirrored-views", "larger-pictures"]),
        ({"backbone"}, Recipe(), ["mirrored-views"]),
        (set(), Recipe(backbone="resnet50"), ["mirrored-views"]),
        ({"tta"}, Recipe(), ["another-network", "another-network", "larger-pictures"]),
        (set(), Recipe(tta=True, image_size=128), ["another-network", "another-network"]),
    ],
)
def test_what_was_asked_for_stays(fixed: set[str], recipe: Recipe, expected: list[str]) -> None:
    assert [name for name, _ in Ladder(Budget(1), frozenset(fixed)).steps(recipe)] == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 0}, "a budget must be a number of seconds above 0"),
        ({"budget": "10m"}, "a budget must be a number of seconds above 0"),
        ({"budget": float("inf")}, "30 days .* at most, not inf"),
        ({"budget": 60, "finetune": "all"}, "whether to train a network: leave finetune out"),
        ({"budget": 60, "scratch": "food11"}, "leave scratch out"),
        ({"budget": 60, "head": "logistic", "solver": ("lbfgs",)}, "not for published recipes"),
        ({"budget": 60, "backbone": "colour"}, "a budget chooses networks, and colour is none"),
        ({"budget": 60, "backbone": "tiny", "tta": True}, "leaves nothing to choose"),
        ({"allow_download": True}, "is for a budget"),
    ],
)
def test_what_contradicts_a_budget_is_refused(pictures: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        headway.fit(pictures, **options)  # type: ignore[arg-type]


def test_a_file_of_features_has_no_more_to_compute(pictures: Path, tmp_path: Path) -> None:
    file = tmp_path / "f.parquet"
    assert run(["embed", str(pictures), "-o", str(file), "--backbone", "tiny"]) == 0
    with pytest.raises(UserError, match="a budget is for computing more of them"):
        headway.fit(file, budget=60.0)


def test_the_command_line_takes_a_length_of_time(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = [
        "fit",
        str(pictures),
        "-o",
        str(tmp_path / "m.onnx"),
        "--no-report",
        "--image-size",
        "32",
        "--head",
        "centroid",
    ]
    assert run([*call, "--budget", "2h", "--no-tta", "--json"]) == 0
    budget = json.loads(capsys.readouterr().out)["budget"]
    assert budget["seconds"] == 7200
    assert [step["name"] for step in budget["steps"]] == ["default", "another-network", "another-network"]
    assert run([*call, "--budget", "soon"]) == 2
    assert "90s, 10m or 2h" in capsys.readouterr().err
    assert run([*call, "--budget", "721h"]) == 2
    assert "30 days (720h) at most, not '721h'" in capsys.readouterr().err


def test_networks_at_hand_and_one_from_the_hub_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "is_here", lambda name, cache: name in ("efficientnet_lite0", "tiny", "resnet50"))
    for downloads, expected in ((False, []), (True, ["dinov2_small"])):
        steps = Ladder(Budget(1), downloads=downloads).steps(Recipe())
        names = [changes["backbone"] for name, changes in steps if name == "another-network"]
        assert names == ["tiny", "efficientnet_lite1", "resnet50", *expected]


def test_a_network_that_cannot_be_had_is_left_out(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise UserError("the hub does not answer")

    monkeypatch.setattr(ladder, "obtain_backbone", refuse)
    notes = Notes()
    model = headway.fit(pictures, budget=1000.0, progress=notes, **SMALL)  # type: ignore[arg-type]
    assert [outcome for _, outcome in outcomes(model)] == ["chosen", "failed", "not-here", "failed"]
    assert "the hub does not answer" in notes.notes


def test_each_step_is_a_row() -> None:
    steps = (
        Step("default", "efficientnet_lite0", 224, False, "no-better", None, None, 3.25, 0.75, 0.8),
        Step("another-network", "efficientnet_lite0+efficientnet_lite2", 224, False, "chosen", 9, 60, 8.0, 0.8, 0.7),
        Step("larger-pictures", "efficientnet_lite0", 288, False, "no-time", 90.0, 42.0),
    )
    found = rows(BudgetReport(60, steps))
    assert found[0] == ("1 as without a budget", "not chosen", "0.750", "0.800", "3.2")
    assert found[1][0] == "2 another network: efficientnet_lite2"
    assert (
        taken(steps[2]) == "larger pictures: 288 pixels: about 90 s of 42 s that were left; left out: too little time"
    )


@pytest.mark.slow
def test_fine_tuning_is_the_last_step_and_must_win(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(Ladder, "steps", lambda self, recipe, cache=None: iter([("mirrored-views", {"tta": True})]))
    settings = {"backbone": "tiny", "head": "logistic", "precision": "fp32"}
    model = headway.fit(pictures, budget=1000.0, **settings)  # type: ignore[arg-type]
    *others, last = model.report.budget.steps
    assert last.name == "fine-tuning"
    assert last.outcome in ("chosen", "no-better")
    assert last.log_loss > 0
    assert (model.report.training is not None) == (last.outcome == "chosen")
    assert [step.outcome for step in (*others, last)].count("chosen") == 1


@pytest.mark.slow
def test_fine_tuning_that_is_better_is_the_model(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(Ladder, "steps", lambda self, recipe, cache=None: iter([("mirrored-views", {"tta": True})]))
    judge = tuning._losses
    calls: list[int] = []

    def biased(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Judge the fine-tuned network first, and the other much worse."""
        calls.append(1)
        return judge(logits, labels) + (10.0 if len(calls) > 1 else 0.0)

    monkeypatch.setattr(tuning, "_losses", biased)
    settings = {"backbone": "tiny", "head": "logistic", "precision": "fp32"}
    model = headway.fit(pictures, budget=1000.0, seed=3, **settings)  # type: ignore[arg-type]
    if model.report.budget.steps[-1].outcome == "chosen":  # else no epoch was better than the start
        assert model.report.recipe["finetune"] == "last-block"
        assert model.report.training.part == "last-block"


def test_fine_tuning_is_given_up_where_its_first_steps_are_too_slow(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")

    def train(*arguments: object) -> None:
        raise OutOfTimeError(5000.0)

    monkeypatch.setattr(tuning, "_train", train)
    monkeypatch.setattr(Ladder, "steps", lambda self, recipe, cache=None: iter([("mirrored-views", {"tta": True})]))
    last = headway.fit(pictures, backbone="tiny", head="logistic", budget=1000.0).report.budget.steps[-1]
    assert (last.name, last.outcome, last.expected_s) == ("fine-tuning", "no-time", 5000.0)
    assert last.left_s < 1000
    assert last.seconds > 0


def test_without_pytorch_there_is_no_fine_tuning(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(Ladder, "steps", lambda self, recipe, cache=None: iter([("mirrored-views", {"tta": True})]))
    model = headway.fit(pictures, backbone="tiny", head="centroid", budget=1000.0)
    assert outcomes(model)[-1][0] != "fine-tuning", "a nearest class mean is no head of a network that is trained"
    model = headway.fit(pictures, backbone="tiny", head="logistic", budget=1000.0)
    assert outcomes(model)[-1] == ("fine-tuning", "not-installed")
