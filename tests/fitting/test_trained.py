"""Networks that are trained end as the same models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import headway
from headway import Recipe, training
from headway.errors import UserError
from headway.fitting import learn
from tests.fitting.test_frozen import same_predictions
from tests.fitting.test_run import Notes

FAST = {"epochs": 3, "precision": "fp32"}


@pytest.mark.parametrize("part", ["last-block", "all"])
def test_fine_tuning_ends_as_a_model(pictures: Path, tmp_path: Path, part: str) -> None:
    fitted = learn(pictures, Recipe(backbone="tiny", finetune=part, **FAST))  # type: ignore[arg-type]
    training = fitted.report["training"]
    assert training["part"] == part
    assert 0 < training["trained_parameters"] <= training["parameters"]
    assert training["validation"]["n"] > 0
    assert fitted.report["cv"] is None
    assert fitted.report["test"]["accuracy"] > 0.6
    same_predictions(fitted, tmp_path)
    assert headway.evaluate(fitted.model, pictures).seen_in_training == fitted.report["data"]["train"]


def test_the_same_seed_gives_the_same_model(pictures: Path, tmp_path: Path) -> None:
    recipe = Recipe(backbone="tiny", finetune="last-block", augment=("rotate=20", "hflip"), **FAST)  # type: ignore[arg-type]
    one, two = (learn(pictures, recipe, cache=tmp_path / name) for name in "ab")
    assert one.model.content == two.model.content


def test_a_training_that_was_kept_is_not_done_again_and_its_seconds_are_told(pictures: Path) -> None:
    recipe = Recipe(backbone="tiny", finetune="last-block", learning_rate=0.01, **FAST)  # type: ignore[arg-type]
    first, again = learn(pictures, recipe), learn(pictures, recipe)
    assert first.model.content == again.model.content
    seconds = again.report["training"]["earlier_s"] + again.report["seconds"]["training"]
    assert seconds >= 0.9 * sum(epoch["seconds"] for epoch in first.report["training"]["history"])


def test_views_are_averaged_in_the_model(pictures: Path, tmp_path: Path) -> None:
    fitted = learn(pictures, Recipe(backbone="tiny", finetune="last-block", tta=True, **FAST))  # type: ignore[arg-type]
    same_predictions(fitted, tmp_path)
    assert fitted.report["training"]["tta"] is True


def test_auto_keeps_what_is_better(pictures: Path) -> None:
    notes = Notes()
    fitted = learn(pictures, Recipe(backbone="tiny", finetune="auto", **FAST), progress=notes)  # type: ignore[arg-type]
    training = fitted.report["training"]
    tried = fitted.report["tried"]
    assert tried["kept"] == ("frozen" if training is None else "fine-tuned")
    assert (tried["log_loss"] < tried["frozen_log_loss"]) or training is None
    assert (tried["verdict"] in notes.notes) == (training is None)


def test_auto_keeps_the_frozen_network_where_that_is_better(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = []
    finetune = training.finetune

    def beaten(dataset, train, validation, *, rival, **settings):
        heads.append(rival)
        perfect = 20 * np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels[validation]]
        return finetune(dataset, train, validation, rival=perfect, **settings)

    monkeypatch.setattr(training, "finetune", beaten)
    settings = {"backbone": "tiny", "precision": "fp32"}
    recipe = Recipe(finetune="auto", augment=("hflip",), tta=True, epochs=1, learning_rate=0.01, **settings)  # type: ignore[arg-type]
    fitted = learn(pictures, recipe)
    assert fitted.report["training"] is None and heads[0].shape[1] == 3
    tried = fitted.report["tried"]
    assert tried["frozen_log_loss"] < tried["log_loss"] and tried["kept"] == "frozen"
    loss = f"log-loss {tried['log_loss']:.3f} against {tried['frozen_log_loss']:.3f} of the frozen network"
    assert tried["verdict"] == f"fine-tuning was tried: {loss} on the validation part; the frozen network is kept"
    unchanged = Recipe(finetune="auto", epochs=1, learning_rate=1e-30, **settings)  # type: ignore[arg-type]
    assert "no epoch was better than the start; the frozen" in learn(pictures, unchanged).report["tried"]["verdict"]
    still = learn(pictures, Recipe(**settings))  # type: ignore[arg-type]
    assert fitted.report["test"] == still.report["test"]
    same_predictions(fitted, tmp_path)


@pytest.mark.parametrize("architecture", ["food11", "residual"])
def test_from_scratch_ends_as_a_model(pictures: Path, tmp_path: Path, architecture: str) -> None:
    fitted = learn(pictures, Recipe(scratch=architecture, image_size=32, **FAST))  # type: ignore[arg-type]
    assert fitted.report["training"]["part"] == architecture
    assert len(fitted.report["training"]["history"]) >= 2
    features = fitted.report["features"]
    assert features["computed"] == fitted.report["data"]["test"], "of the network that is shipped"
    same_predictions(fitted, tmp_path)


def test_a_file_of_features_cannot_train_a_network(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.embedding import embed, write_parquet
    from headway.store import Store
    from headway.testing import TINY

    dataset = headway.read(pictures)
    with Store.open(None) as store:
        write_parquet(tmp_path / "f.parquet", dataset, embed(dataset, TINY, resize="squash", store=store))
    with pytest.raises(UserError, match="needs the pictures"):
        learn(tmp_path / "f.parquet", Recipe(finetune="all"))
