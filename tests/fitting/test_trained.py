"""Networks that are trained end as the same models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import Recipe, training
from headway.errors import UserError
from headway.fitting import trained
from headway.heads import DenseHead
from headway.rendering import fit as rendering
from headway.training.prospects import Gain
from tests.backbones import exported
from tests.backbones.exported import saved
from tests.fitting.test_frozen import same_predictions
from tests.helpers import Notes, run_fit

FAST = {"epochs": 3, "precision": "fp32"}


@pytest.mark.parametrize("part", ["last-block", "all"])
def test_fine_tuning_ends_as_a_model(pictures: Path, tmp_path: Path, part: str) -> None:
    fitted = run_fit(pictures, Recipe(backbone="tiny", finetune=part, **FAST))  # type: ignore[arg-type]
    training = fitted.report.training
    assert training.part == part
    assert 0 < training.trained_parameters <= training.parameters
    assert training.validation.n > 0
    assert training.expected.seconds > 0 and training.expected.again_s > 0
    assert fitted.report.to_publish().training.expected is None, "a model's file holds no times"
    assert fitted.report.cross_validation is None
    assert fitted.report.test.accuracy > 0.6
    assert fitted.report.before_refit.n == fitted.report.test.n and fitted.report.last_epoch is None
    same_predictions(fitted, tmp_path)
    assert headway.evaluate(fitted.model, pictures).scores.seen_in_training == fitted.report.data.division.train


def test_the_same_seed_gives_the_same_model(pictures: Path, tmp_path: Path) -> None:
    recipe = Recipe(backbone="tiny", finetune="last-block", augment=("rotate=20", "hflip"), **FAST)  # type: ignore[arg-type]
    one, two = (run_fit(pictures, recipe, cache=tmp_path / name) for name in "ab")
    assert one.model.content == two.model.content


def test_a_training_that_was_kept_is_not_done_again_and_its_seconds_are_told(pictures: Path) -> None:
    recipe = Recipe(backbone="tiny", finetune="last-block", learning_rate=0.01, **FAST)  # type: ignore[arg-type]
    first, again = run_fit(pictures, recipe), run_fit(pictures, recipe)
    assert first.model.content == again.model.content
    seconds = again.report.training.earlier_s + again.report.seconds["training"]
    assert seconds >= 0.9 * sum(epoch.seconds for epoch in first.report.training.history)


def test_views_are_averaged_in_the_model(pictures: Path, tmp_path: Path) -> None:
    fitted = run_fit(pictures, Recipe(backbone="tiny", finetune="last-block", tta=True, **FAST))  # type: ignore[arg-type]
    same_predictions(fitted, tmp_path)
    assert fitted.report.training.tta is True


@pytest.mark.parametrize("pays", [True, False])
def test_auto_averages_views_where_they_pay(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pays: bool
) -> None:
    finetune = training.finetune

    def ahead(dataset, train, validation, *, head, frozen_logits, **settings):
        nothing = DenseHead(head.kind, tuple(0 * weight for weight in head.weights), tuple(0 * b for b in head.biases))
        frozen_logits = np.zeros_like(frozen_logits)
        return finetune(dataset, train, validation, head=nothing, frozen_logits=frozen_logits, **settings)

    monkeypatch.setattr(training, "finetune", ahead)
    monkeypatch.setattr(trained.Rival, "gain", lambda *_: Gain(0.02 if pays else 0.01, 0.01))
    recipe = Recipe(backbone="tiny", finetune="auto", tta=True, learning_rate=0.01, **FAST)  # type: ignore[arg-type]
    fitted = run_fit(pictures, recipe)
    assert fitted.report.trial.chosen == "fine-tuned" and fitted.report.training.tta is pays
    same_predictions(fitted, tmp_path)
    said = [block.text for block in rendering.learned(fitted.report) if hasattr(block, "text")]
    assert any(line.startswith("Mirrored views were tried and are not averaged") for line in said) is not pays


PUBLISHED = {"features": "flat", "head": "dense256", "optimizer": "sgd-momentum", "loss": "binary-cross-entropy"}


@pytest.mark.parametrize("part", ["last-block", "all"])
def test_fine_tuning_as_published_ends_as_a_model(pictures: Path, tmp_path: Path, part: str) -> None:
    network = saved(exported.network(), tmp_path)
    recipe = Recipe(backbone=network, finetune=part, learning_rate=1e-3, refit=False, **PUBLISHED, **FAST)  # type: ignore[arg-type]
    fitted = run_fit(pictures, recipe, cache=tmp_path / "cache")
    report = fitted.report
    assert (report.features.name, report.features.outputs, report.features.dim) == ("flat", ("flat",), 54)
    head = 54 * 256 + 256 + 256 * 3 + 3
    assert report.training.trained_parameters - head == 5 * 6 * 9 + (5 * 3 * 9 if part == "all" else 0)
    assert report.training.validation.accuracy > 0.6
    rates = [epoch.learning_rate for epoch in report.training.history]
    assert rates == [0, 1e-3, 1e-3, 1e-3], "at one rate throughout"
    same_predictions(fitted, tmp_path)


def test_the_test_pictures_after_the_last_epoch(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finetune = training.finetune

    def forgetting(*arguments, **settings):
        tuned = finetune(*arguments, **settings)
        head = tuned.head
        empty = DenseHead(head.kind, tuple(0 * weight for weight in head.weights), tuple(0 * b for b in head.biases))
        return replace(tuned, last=training.Stage(tuned.network, empty))

    monkeypatch.setattr(training, "finetune", forgetting)
    report = run_fit(pictures, Recipe(backbone="tiny", finetune="last-block", refit=False, **FAST)).report  # type: ignore[arg-type]
    assert report.last_epoch.n == report.test.n
    assert report.last_epoch.accuracy == pytest.approx(1 / 3, abs=0.2) and report.last_epoch.log_loss > 1
    said = [block.text for block in rendering.beside(report)]
    figures = f"{report.last_epoch.accuracy:.3f} ({report.last_epoch.right} right)"
    assert said == [f"Test accuracy after the last epoch, which was not the best: {figures}"]
    assert report.before_refit is None


def test_auto_keeps_what_is_better(pictures: Path) -> None:
    notes = Notes()
    fitted = run_fit(pictures, Recipe(backbone="tiny", finetune="auto", **FAST), progress=notes)  # type: ignore[arg-type]
    training = fitted.report.training
    tried = fitted.report.trial
    assert tried.chosen == ("frozen" if training is None else "fine-tuned")
    assert (tried.log_loss < tried.frozen_log_loss) or training is None
    assert not any("fine-tuning was tried" in note for note in notes.notes), "the report says it, once"


def test_a_frozen_network_that_was_kept_has_no_answers_of_yes_and_no(pictures: Path) -> None:
    recipe = Recipe(
        backbone="tiny", finetune="auto", loss="binary-cross-entropy", epochs=1, learning_rate=1e-30, features="last"
    )
    report = run_fit(pictures, recipe).report
    assert report.trial.chosen == "frozen"
    assert report.binary is None, "its head is of a softmax"


def test_auto_keeps_the_frozen_network_where_that_is_better(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = []
    finetune = training.finetune

    def beaten(dataset, train, validation, *, frozen_logits, **settings):
        heads.append(frozen_logits)
        perfect = 20 * np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels[validation]]
        return finetune(dataset, train, validation, frozen_logits=perfect, **settings)

    monkeypatch.setattr(training, "finetune", beaten)
    settings = {"backbone": "tiny", "precision": "fp32"}
    recipe = Recipe(finetune="auto", augment=("hflip",), tta=True, epochs=1, learning_rate=0.01, **settings)  # type: ignore[arg-type]
    fitted = run_fit(pictures, recipe)
    assert fitted.report.training is None and heads[0].shape[1] == 3
    tried = fitted.report.trial
    assert tried.frozen_log_loss < tried.log_loss and tried.chosen == "frozen"
    loss = f"log-loss {tried.log_loss:.3f} against {tried.frozen_log_loss:.3f} of the frozen network"
    assert rendering.trial(tried) == f"fine-tuning was tried: {loss} on the validation part; the frozen network is kept"
    still = run_fit(pictures, Recipe(**settings))  # type: ignore[arg-type]
    assert fitted.report.test == still.report.test
    same_predictions(fitted, tmp_path)


@pytest.mark.parametrize("architecture", ["food11", "residual"])
def test_from_scratch_ends_as_a_model(pictures: Path, tmp_path: Path, architecture: str) -> None:
    fitted = run_fit(pictures, Recipe(scratch=architecture, image_size=48, **FAST))  # type: ignore[arg-type]
    assert fitted.report.training.part == architecture
    assert len(fitted.report.training.history) >= 2
    features = fitted.report.features
    assert features.computed == fitted.report.data.division.test, "of the network that is shipped"
    same_predictions(fitted, tmp_path)


def test_a_file_of_features_cannot_train_a_network(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.embedding import write_parquet

    dataset = headway.read(pictures)
    write_parquet(tmp_path / "f.parquet", dataset, headway.embed(dataset, "tiny"))
    with pytest.raises(UserError, match="needs the pictures"):
        run_fit(tmp_path / "f.parquet", Recipe(finetune="all"))
