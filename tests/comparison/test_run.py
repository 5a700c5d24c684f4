"""The comparison: everything on the same split, finished recipes kept, what cannot run left out."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headway import Recipe, backbones, read
from headway.budget import OutOfTimeError
from headway.comparison import DEFAULT, Comparison, compare, descriptors
from headway.comparison import run as module
from headway.comparison.estimates import Estimates
from headway.comparison.outcome import Outcome
from headway.embedding import count_missing
from headway.errors import DataError, MissingExtraError, RunError, UnknownNameError, UserError
from headway.facts.descriptors import DescriptorSelection, DescriptorStep
from headway.facts.transfer import CurvePoint, Similarity
from headway.rendering import comparison as rendering
from headway.rendering.comparison import why_left_out
from headway.search import bounds
from headway.session import Session
from headway.types import Silent
from tests.helpers import Clock, write_pictures

TINY = {
    "centroid": Recipe(backbone="tiny", features="last", head="centroid"),
    "logistic": Recipe(backbone="tiny", features="last", head="logistic"),
    "depths": Recipe(backbone="tiny", features="depths", head="logistic"),
}


class Notes(Silent):
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

    def warn(self, message: str) -> None:
        self.notes.append(message)

    def finish(self) -> None:
        pass


@pytest.fixture(autouse=True)
def quick_case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure the case in one test only: it runs the carried network once more."""
    if "same_split" not in request.node.name:
        monkeypatch.setattr(module.similarity, "measure", lambda *args, **options: Similarity(0.3, 0.5, 0.6, 36, True))
        monkeypatch.setattr(
            module.curve, "measure", lambda *args, **options: (CurvePoint(14, 0.9), CurvePoint(28, 1.0))
        )


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """The recipes that were really run, in order."""
    run: list[Recipe] = []
    real = module.fitting.fit_recipe

    def run_fit(session: Any, data: Any, recipe: Recipe, **more: Any) -> Any:
        run.append(recipe)
        return real(session, data, recipe, **more)

    monkeypatch.setattr(module.fitting, "fit_recipe", run_fit)
    return run


def failing(monkeypatch: pytest.MonkeyPatch, head: str, error: BaseException) -> None:
    """Let recipes with this head fail."""
    real = module.fitting.fit_recipe

    def run_fit(session: Any, data: Any, recipe: Recipe, **more: Any) -> Any:
        if recipe.head == head:
            raise error
        return real(session, data, recipe, **more)

    monkeypatch.setattr(module.fitting, "fit_recipe", run_fit)


def names(comparison: Comparison) -> set[str]:
    return {row.name for row in comparison.rows}


def test_all_recipes_see_the_same_split(pictures: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    notes = Notes()
    comparison = compare(pictures, TINY, seed=3, test_fraction=0.3, progress=notes)
    assert names(comparison) == set(TINY)
    assert {row.n for row in comparison.rows} == {comparison.report.data.division.test}
    assert comparison.report.data.n == 35
    assert [bad.reason for bad in comparison.report.data.quarantined]
    assert all(row.recipe["seed"] == 3 and row.recipe["test_fraction"] == 0.3 for row in comparison.rows)
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
    assert again.to_dict() == first.to_dict() | {"estimate": None}
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
    shared: list[float] = []
    real = module.rank

    def rank(finished: Any, *labels: Any) -> Any:
        shared.extend(ran.feature_s for ran in finished)
        return real(finished, *labels)

    monkeypatch.setattr(module, "rank", rank)
    recipes = TINY | {"colour": Recipe(backbone="colour")}

    def timed() -> list[str]:
        """Compare, and return the recipes whose features were timed."""
        notes = Notes()
        compare(pictures, recipes, progress=notes)
        return [stage.split(" ")[1] for stage in notes.stages if stage.endswith(": timing features")]

    assert timed() == [], "the rate at which they were really computed is taken"
    assert shared[0] == shared[1] == shared[2] != shared[3]
    assert timed() == []
    assert shared[4:] == shared[:4], "it is stored"
    shutil.rmtree(own_cache / "compare")
    assert timed() == ["centroid:", "colour:"], "where features were cached, each rate is timed once"
    assert shared[8] == shared[9] == shared[10]
    assert min(shared) > 0


def test_what_cannot_be_kept_is_compared_all_the_same(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "compare").touch()
    notes = Notes()
    comparison = compare(pictures, TINY, cache=tmp_path / "cache", progress=notes)
    assert names(comparison) == set(TINY)
    assert comparison.case is not None
    assert len([note for note in notes.notes if note.startswith("not cached: ")]) == 1, "said once"


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
    ("error", "reason", "code"),
    [
        (
            MissingExtraError("torch is needed for this: pip install 'headway[torch]'"),
            "headway[torch]",
            "missing-extra",
        ),
        (RunError("training gave numbers that are none"), "numbers that are none", "failed"),
        (MemoryError(), "not enough memory", "memory"),
    ],
)
def test_what_cannot_run_is_left_out(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, code: str
) -> None:
    failing(monkeypatch, "centroid", error)
    notes = Notes()
    comparison = compare(pictures, TINY, skip=["depths"], progress=notes)
    assert names(comparison) == {"logistic"}
    [left] = comparison.left_out
    assert left.name == "centroid"
    assert reason in why_left_out(left)
    assert left.reason == code
    assert any(note.startswith("left out centroid") for note in notes.notes)
    with pytest.raises(UserError, match="none of the recipes could be run; centroid"):
        compare(pictures, TINY, only=["centroid"])


def test_without_torch_what_needs_it_is_left_out(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    trained = {"scratch": Recipe(scratch="food11"), "tuned": Recipe(backbone="tiny", finetune="last-block")}
    comparison = compare(pictures, trained | TINY, skip=["depths", "logistic"])
    assert names(comparison) == {"centroid"}
    assert comparison.report.estimate is not None
    assert comparison.report.estimate.recipes == 1, "those that cannot run take no time"
    assert [left.name for left in comparison.left_out] == ["scratch", "tuned"]
    assert all("headway[torch]" in left.message for left in comparison.left_out)


class SlowEngine:
    """An engine that a clock counts a time for every picture of, from the 21st on: what is timed before is quick."""

    seen = 0

    def __init__(self, engine: Any, clock: Clock, seconds: float) -> None:
        self.engine, self.clock, self.seconds = engine, clock, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def map(self, batches: Any) -> Any:
        for result in self.engine.map(batches):
            SlowEngine.seen += 1
            self.clock.now += self.seconds if SlowEngine.seen > 20 else 0
            yield result


def test_an_engine_that_gets_slow_is_stopped_and_its_work_is_kept(
    pictures: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = {"carried": Recipe(features="last", head="centroid"), "slow": TINY["centroid"]}
    real, notes = backbones.open_engine, Notes()

    def open_engine(info: Any, *arguments: Any, **options: Any) -> Any:
        engine = real(info, *arguments, **options)
        return SlowEngine(engine, clock, 10) if info.name == "tiny" else engine

    with monkeypatch.context() as patch:
        patch.setattr(backbones, "open_engine", open_engine)
        patch.setattr(SlowEngine, "seen", 0)
        comparison = compare(pictures, recipes, budget=60, progress=notes)
    assert names(comparison) == {"carried"}
    [left] = comparison.left_out
    assert (left.name, left.reason) == ("slow", "stopped")
    assert left.overrun is not None
    assert left.overrun.budget == left.overrun.left == 60
    assert clock.now <= 100 + 60 + 10, "at the next picture"
    assert comparison.report.take == "carried"
    assert any(note.startswith("left out slow: stopped after 60 s") for note in notes.notes)
    with Session.open() as session:
        tiny = backbones.find("tiny")
        missing = count_missing(session, read(pictures), tiny, resize="squash", outputs=tiny.depths)
    assert 0 < missing < 36, "what was computed is in the store"
    assert names(compare(pictures, recipes, budget=600)) == set(recipes)


def test_a_training_that_gets_slow_is_stopped_and_goes_on_from_its_last_epoch(
    pictures: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    from headway.training.stepper import Stepper

    tuned = Recipe(backbone="tiny", finetune="last-block", epochs=4)
    steps: list[int] = []
    real = Stepper.step

    def step(self: Stepper, *arguments: Any) -> Any:
        steps.append(1)
        clock.now += 10
        return real(self, *arguments)

    monkeypatch.setattr(Stepper, "step", step)
    monkeypatch.setattr(Estimates, "seconds", lambda self, recipe: 1.0)
    stopped = compare(pictures, TINY | {"tuned": tuned}, only=["centroid", "tuned"], budget=15)
    assert [left.reason for left in stopped.left_out] == ["stopped"]
    done = len(steps)
    assert done == 2, "an epoch is a step here, and the second was begun"
    whole = compare(pictures, TINY | {"tuned": tuned}, only=["centroid", "tuned"])
    assert names(whole) == {"centroid", "tuned"}
    history = next(row for row in whole.rows if row.name == "tuned")
    assert history.family == "tuned-part"
    assert 3 <= len(steps) - done <= 3 + 4, "the first epoch was kept; the others, and the run on all pictures"


def test_what_every_comparison_needs_must_fit_the_budget(
    pictures: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module.embed_images

    def embed_images(*arguments: Any, **options: Any) -> Any:
        clock.now += 100
        return real(*arguments, **options)

    monkeypatch.setattr(module, "embed_images", embed_images)
    with pytest.raises(UserError, match="every comparison needs, and 90 s did not: run again with a larger one"):
        compare(pictures, TINY, budget=90)


def test_a_budget_that_is_spent_on_guessing_leaves_all_out(
    pictures: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seconds(self: Estimates, recipe: Recipe) -> float:
        clock.now += 100
        self._rates._session.progress.advance(0)
        return 1.0

    monkeypatch.setattr(Estimates, "seconds", seconds)
    with pytest.raises(UserError, match="none of the recipes could be run; centroid: the budget of 90 s was spent"):
        compare(pictures, TINY, budget=90)


def test_the_case_is_measured_in_what_is_left_of_the_budget(
    pictures: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(*arguments: Any, progress: Any, **options: Any) -> None:
        clock.now += 600
        progress.advance()

    monkeypatch.setattr(module.curve, "measure", measure)
    comparison = compare(pictures, TINY, only=["centroid"], budget=600)
    assert comparison.case is None
    assert not comparison.interrupted


def test_how_long_it_takes_is_said_before_the_first_recipe(pictures: Path) -> None:
    notes = Notes()
    first = compare(pictures, TINY, progress=notes)
    assert first.report.estimate is not None
    assert (first.report.estimate.recipes, first.report.estimate.pictures) == (3, 36)
    said = next(place for place, note in enumerate(notes.notes) if note.startswith("about "))
    assert "for 3 recipes on 36 pictures" in notes.notes[said]
    assert not any(note.startswith("centroid") for note in notes.notes[:said])
    notes = Notes()
    assert compare(pictures, TINY, progress=notes).report.estimate is None
    assert not any(note.startswith("about ") for note in notes.notes), "all was kept"


def test_networks_come_before_descriptors(pictures: Path, learnt: list[Recipe]) -> None:
    hog = {"hog": Recipe(backbone="hog", head="centroid"), "colour": Recipe(backbone="colour", head="centroid")}
    compare(pictures, hog | {"centroid": TINY["centroid"]}, only=["hog", "colour", "centroid"])
    assert [recipe.backbone for recipe in learnt] == ["tiny", "colour", "hog"]


def test_without_a_pretrained_network_nothing_is_recommended(pictures: Path) -> None:
    comparison = compare(pictures, {"colour": Recipe(backbone="colour", head="centroid")})
    assert (comparison.pick, comparison.command) == (None, None)
    assert comparison.advice[0].startswith("No pretrained network ran, so nothing is recommended")


def test_a_budget_leaves_out_what_does_not_fit(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {"whole": Recipe(backbone="tiny", finetune="all")}
    monkeypatch.setattr(Estimates, "seconds", lambda self, recipe: 1e6 if recipe.finetune == "all" else 1.0)
    comparison = compare(pictures, TINY | slow, skip=["depths"], budget=600)
    assert names(comparison) == {"centroid", "logistic"}
    [left] = comparison.left_out
    assert left.reason == "budget"
    assert "of the budget were left" in why_left_out(left)
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
    real = module.fitting.fit_recipe

    def run_fit(session: Any, data: Any, recipe: Recipe, **more: Any) -> Any:
        write_pictures(pictures, 3, seed=9)
        return real(session, data, recipe, **more)

    monkeypatch.setattr(module.fitting, "fit_recipe", run_fit)
    with pytest.raises(UserError, match="changed since the comparison began"):
        compare(pictures, TINY, only=["centroid"])


def test_pictures_in_memory() -> None:
    random = np.random.default_rng(0)
    arrays = [random.integers(0, 80, (30, 30, 3)).astype(np.uint8) + np.uint8(150 * (i % 2)) for i in range(30)]
    comparison = compare(read(arrays, ["dark", "light"] * 15), TINY, only=["centroid"])
    assert comparison.rows[0].accuracy == 1


def test_several_sources_are_compared_as_one_and_named_in_the_command(pictures: Path, tmp_path: Path) -> None:
    more = write_pictures(tmp_path / "some more", 4, seed=9)
    comparison = compare([pictures, str(more)], TINY, only=["centroid"])
    assert comparison.report.data.n == len(read([pictures, more]))
    assert len(comparison.report.data.source.parts) == 2
    assert comparison.command.startswith(f"headway fit {shlex.join([str(pictures), str(more)])} --")


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
    assert all(row.cross_validation is None and row.p_folds is None for row in comparison.rows)
    assert comparison.rows[1].p_test is not None


def test_the_outcome_of_a_fit(pictures: Path) -> None:
    from headway.fitting import fit_recipe
    from headway.session import Session

    with Session.open() as session:
        fitted = fit_recipe(session, pictures, TINY["depths"])
    outcome = Outcome.of(fitted, TINY["depths"])
    assert outcome.test.accuracy == fitted.report.test.accuracy
    truth = fitted.division.labels[fitted.division.parts.test]
    assert (np.asarray(outcome.predicted) == truth).sum() == outcome.test.right
    assert outcome.folds is not None
    assert outcome.cross_validation is not None
    assert sorted(np.unique(outcome.folds.fold)) == [0, 1, 2, 3, 4]
    assert (outcome.features, outcome.backbone, outcome.family) == ("depths", "tiny", "depths")
    seconds = fitted.report.seconds
    assert outcome.fit_s == pytest.approx(seconds["total"] - seconds["features"])
    assert outcome.elapsed_s == seconds["total"]


def test_a_note_that_concerns_all_recipes_is_passed_on_once(tmp_path: Path) -> None:
    write_pictures(tmp_path, 12, ("blue",))
    write_pictures(tmp_path, 70, ("red",))
    notes = Notes()
    compare(tmp_path, TINY, only=["centroid", "logistic"], progress=notes)
    assert len([note for note in notes.notes if "very unequal size" in note]) == 1


def test_the_family_of_a_method_is_not_read_from_the_name_of_its_backbone(pictures: Path, tmp_path: Path) -> None:
    network = tmp_path / "my-fine-tuned-resnet.onnx"
    network.write_bytes(backbones.read(backbones.find("tiny")))
    [row] = compare(pictures, {"mine": Recipe(backbone=str(network), features="last", head="centroid")}).rows
    assert "fine-tuned" in row.backbone
    assert row.family == "frozen"


def test_a_comparison_without_test_pictures_is_refused(pictures: Path) -> None:
    with pytest.raises(DataError, match="a comparison needs test pictures"):
        compare(pictures, TINY, test_fraction=0)


def test_descriptors_are_chosen_and_what_was_chosen_is_tested(
    pictures: Path, learnt: list[Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptors, "_SINGLE", ("colour", "glcm", "lbp"))
    selection = DescriptorSelection(
        (DescriptorStep("colour", 96, 0.5, 0.4, 0.6, 1.0), DescriptorStep("lbp", 220, 0.6, 0.5, 0.7, 0.9)),
        ("colour", "lbp"), "chosen", 3, 28,
    )  # fmt: skip
    chosen = iter([selection])
    monkeypatch.setattr(module, "select", lambda *_: next(chosen))
    found = compare(pictures, descriptors=True, only=["colour"])
    assert {row.name for row in found.rows} == {"colour", "chosen"} and found.report.selection == selection
    assert learnt[-1].backbone == "colour+lbp"
    text = found.to_markdown()
    assert "Descriptors one by one" in text and "+ lbp" in text and "colour+lbp is the row chosen" in text
    again = compare(pictures, descriptors=True, only=["colour"])  # known: nothing is chosen or run again
    assert again.report.selection == selection and len(learnt) == 2


def test_a_single_descriptor_that_was_chosen_is_in_the_table(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "_SINGLE", ("colour",))
    found = compare(pictures, descriptors=True, only=["colour"]).report
    assert [row.name for row in found.rows] == ["colour"] and found.selection is not None
    assert (found.selection.recipe, found.selection.tried) == ("colour", 1)


@pytest.mark.parametrize(("error", "interrupted"), [(OutOfTimeError, False), (KeyboardInterrupt, True)])
def test_a_selection_that_is_stopped_leaves_the_table(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], interrupted: bool
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "select", stop)
    found = compare(pictures, descriptors=True, only=["colour"])
    assert found.report.selection is None and found.interrupted is interrupted and len(found.rows) == 1


def test_copies_count_once_in_scores_and_confusion_alike(pictures: Path) -> None:
    for folder in sorted(pictures.iterdir()):
        for picture in sorted(folder.iterdir()):
            shutil.copy(picture, picture.with_stem(f"{picture.stem}-again"))
    report = compare(pictures, TINY, only=["centroid"]).report
    assert report.rows[0].n == sum(cell.count for cell in report.confusion)


def test_a_head_that_takes_long_with_so_many_classes_is_left_out_where_nobody_named_it(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WHOLE", 0)
    monkeypatch.setattr("headway.facts.bounds._LONG_S", 0)
    both = ("frozen-centroid", "frozen-svm")
    others = [one.name for one in DEFAULT if one.name not in both]
    comparison = compare(pictures, backbone="tiny", skip=others)
    assert names(comparison) == {"frozen-centroid"}
    assert [(left.name, left.reason) for left in comparison.left_out] == [("frozen-svm", "classes")]
    assert "--only frozen-svm runs it all the same" in why_left_out(comparison.left_out[0])
    assert comparison.rows[0].left_out is not None and comparison.rows[0].left_out.folds == 3
    printed = "\n".join(str(block) for block in rendering.comparison(comparison.report))
    assert "Not tried, as there are 3 classes: 3 folds" in printed and "(frozen-centroid)" in printed
    assert names(compare(pictures, backbone="tiny", only=both)) == set(both)
    assert names(compare(pictures, {"mine": Recipe(backbone="tiny", head="svm")})) == {"mine"}
