"""Heads on features that stay as they are: every field of the recipe has its effect, and the model file agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import Recipe
from headway.calibration import softmax
from headway.errors import DataError, UserError
from headway.facts.scores import PartScores
from headway.fitting import Fitted
from headway.rendering.fit import doubts
from tests.helpers import run_fit, write_pictures


def fitted_to(data: Path, **fields: object) -> Fitted:
    # In bf16 features differ a little with what is computed beside them (backbones/openvino.py).
    return run_fit(data, Recipe(**{"backbone": "tiny", "precision": "fp32", **fields}))  # type: ignore[arg-type]


def reloaded(fitted: Fitted, tmp_path: Path) -> headway.Model:
    return headway.load(fitted.model.save(tmp_path / "model.onnx"))


def same_predictions(fitted: Fitted, tmp_path: Path) -> None:
    """The file says of the test pictures what the fit measured."""
    model, division = reloaded(fitted, tmp_path), fitted.division
    test = [division.data.pictures[row] for row in division.parts.test.tolist()]
    np.testing.assert_allclose(model.predict_proba(test), softmax(fitted.test_logits), atol=1e-4)


@pytest.mark.parametrize("head", ["majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"])
def test_every_head_ends_as_a_model(pictures: Path, tmp_path: Path, head: str) -> None:
    fitted = fitted_to(pictures, head=head)
    assert fitted.report.head.kind == head
    assert fitted.report.test.accuracy >= (0.2 if head == "majority" else 0.5)
    same_predictions(fitted, tmp_path)


@pytest.mark.parametrize("select", ["std", "correlation", "mutual-info", "anova", "l1"])
def test_selection_is_written_into_the_model(pictures: Path, tmp_path: Path, select: str) -> None:
    fitted = fitted_to(pictures, head="logistic", features="depths", select=select, select_count=9)
    removed = fitted.report.features.selection
    assert (removed.method, removed.total) == (select, 64)
    assert removed.selected == fitted.model.head.n_features == 9
    assert reloaded(fitted, tmp_path).report.features.selection == removed
    same_predictions(fitted, tmp_path)


@pytest.mark.parametrize("balance", ["weights", "undersample", "oversample", "smote"])
def test_balance_is_for_training_only(tmp_path: Path, balance: str) -> None:
    data = write_pictures(tmp_path / "data", 40, ("red",))
    write_pictures(data, 10, ("blue",))
    fitted = fitted_to(data, head="logistic", balance=balance)
    assert fitted.report.test.n == 10
    assert fitted.report.cross_validation.n == 50, "every picture is held out once, none is made up"
    same_predictions(fitted, tmp_path)


def test_a_class_too_small_for_smote_is_named(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 40, ("red",))
    write_pictures(data, 4, ("blue",))
    with pytest.raises(DataError, match="there are of 'blue' 2: take --balance oversample"):
        fitted_to(data, head="logistic", balance="smote")


def test_the_curves_of_a_published_head_are_told(pictures: Path, tmp_path: Path) -> None:
    fitted = fitted_to(pictures, head="dense100", features="last", epochs=3)
    training = fitted.report.training
    assert (training.part, training.epochs, training.trained_parameters) == (
        "dense100 head",
        3,
        33 * 100 + 303,
    )
    assert [epoch.number for epoch in training.history] == [1, 2, 3]
    losses = [epoch.validation_loss for epoch in training.history]
    assert training.best == 1 + losses.index(min(losses))
    stored = reloaded(fitted, tmp_path).report.training.history
    assert [epoch.number for epoch in stored] == [1, 2, 3]
    assert all(epoch.seconds is None for epoch in stored), "the same seed gives the same file"
    assert fitted_to(pictures, head="logistic").report.training is None


def test_the_flattened_map_is_a_feature_set(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="last or depths"):
        fitted_to(pictures, backbone="colour", features="flat")


@pytest.mark.parametrize("backbone", ["colour", "glcm", "lbp", "hog", "edges", "sift", "surf", "harris", "handmade"])
def test_descriptors_are_backbones(pictures: Path, tmp_path: Path, backbone: str) -> None:
    fitted = fitted_to(pictures, backbone=backbone, head="logistic")
    if backbone in ("colour", "handmade"):
        assert fitted.report.test.accuracy == 1
    assert fitted.report.features.precision == "fp32"
    same_predictions(fitted, tmp_path)
    assert headway.evaluate(reloaded(fitted, tmp_path), pictures).scores.n == 36


def test_the_given_penalties_are_tried(pictures: Path) -> None:
    tried = fitted_to(pictures, head="logistic", features="last", C=(0.1, 1.0, 10.0)).report.head.candidates
    assert [one.C for one in tried] == [0.1, 1.0, 10.0]


def test_out_of_fold_predictions_are_those_of_the_score(pictures: Path) -> None:
    fitted = fitted_to(pictures, head="logistic")
    kept = fitted.held_out
    assert kept is not None
    assert sorted(kept.rows.tolist()) == list(range(36))
    for fold, (_, held_out) in enumerate(fitted.division.all_folds(Recipe())):
        np.testing.assert_array_equal(np.sort(kept.rows[kept.fold == fold]), held_out)
    assert kept.logits.shape == (36, 3)


def test_one_layer_is_read_by_its_name(pictures: Path) -> None:
    report = fitted_to(pictures, head="centroid", features="block1").model.report
    assert report.features.name == "block1"
    assert report.features.outputs == ("block1.mean", "block1.std") and report.features.dim == 32
    with pytest.raises(UserError, match="no feature is called 'block7'"):
        fitted_to(pictures, features="block7")


def test_a_file_of_one_layer_is_read_whole(pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from headway.embedding import embed, write_parquet

    dataset, path = headway.read(pictures), tmp_path / "f.parquet"
    write_parquet(path, dataset, embed(dataset, "tiny", outputs=["head.mean", "head.std"], cache=tmp_path))
    report = run_fit(path, Recipe(head="centroid"), cache=tmp_path).model.report
    assert report.features.name == "head" and report.features.dim == 64
    assert run_fit(path, Recipe(head="centroid", features="last"), cache=tmp_path).model.report.features.dim == 32
    with pytest.raises(
        UserError, match=r"has 'head\.mean', 'head\.std' of tiny, and not all of block1: name some"
    ) as caught:
        run_fit(path, Recipe(features="block1"), cache=tmp_path)
    assert caught.value.field == "features"
    write_parquet(path, dataset, embed(dataset, "tiny", outputs=["head.mean", "logits"], cache=tmp_path))
    with pytest.raises(UserError, match="not all of depths"):
        run_fit(path, Recipe(), cache=tmp_path)


@pytest.mark.parametrize("backbone", ["tiny", "colour", "colour+sift", "own"])
def test_a_file_of_features_will_do(pictures: Path, tmp_path: Path, backbone: str) -> None:
    """Also those of a network that was converted, which is found again by its content."""
    pytest.importorskip("pyarrow")
    from headway import backbones
    from headway.embedding import embed, write_parquet
    from headway.session import Session

    if backbone == "own":
        import torch

        network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, stride=2), torch.nn.ReLU())
        backbones.from_module(network, name="own", image_size=32, cache=tmp_path)
    with Session.open(tmp_path) as session:
        info = backbones.obtain(backbone, session)
    dataset = headway.read(pictures)
    write_parquet(tmp_path / "f.parquet", dataset, embed(dataset, info, cache=tmp_path))
    if backbone != "own":
        with pytest.raises(UserError, match="last or depths"):
            run_fit(tmp_path / "f.parquet", Recipe(features="flat"), cache=tmp_path)
    fitted = run_fit(tmp_path / "f.parquet", Recipe(head="logistic"), cache=tmp_path)
    direct = run_fit(pictures, Recipe(backbone=backbone, head="logistic"), cache=tmp_path)
    named = run_fit(tmp_path / "f.parquet", Recipe(backbone=backbone, head="logistic"), cache=tmp_path)
    assert named.test_logits.tobytes() == direct.test_logits.tobytes()
    assert fitted.test_logits.tobytes() == direct.test_logits.tobytes()


def test_a_recipe_may_name_the_network_that_a_file_is_of(pictures: Path, tmp_path: Path) -> None:
    from headway.embedding import embed
    from headway.fitting.refusals import check_settings

    table = replace(embed(pictures, "tiny", cache=tmp_path), backbone="vgg16-32px-random")
    of_it = Recipe(backbone="vgg16", image_size=32, weights="random")
    check_settings(of_it, table)
    with pytest.raises(UserError, match="backbone vgg16 does not fit a file of features") as told:
        check_settings(replace(of_it, weights=""), table)
    assert str(told.value).endswith("leave backbone out, or give the weights and image_size that it was made with")


def split_pictures(folder: Path) -> Path:
    """Write pictures that bring their split: ROOT/train/CLASS/…, validation and test."""
    for part, count in (("train", 12), ("validation", 5), ("test", 5)):
        write_pictures(folder / part, count, seed=len(part))
    return folder


def test_a_published_head_is_watched_on_the_given_validation_split(tmp_path: Path) -> None:
    """What is told is what was learned from training alone; the file may hold more."""
    data = split_pictures(tmp_path / "data")
    published = fitted_to(data, head="dense100", features="last", epochs=6, refit=False)
    again = fitted_to(data, head="dense100", features="last", epochs=6)
    assert published.report.training.history[0].validation_accuracy in [n / 15 for n in range(16)]
    for one in (published, again):
        told = [replace(epoch, seconds=None) for epoch in one.report.training.history]
        assert told == [replace(epoch, seconds=None) for epoch in published.report.training.history]
    assert published.report.before_refit is None
    assert again.report.before_refit == PartScores.of(published.report.test)
    assert again.report.cross_validation == published.report.cross_validation
    assert again.test_logits.tobytes() != published.test_logits.tobytes()
    watched = published.report.training.history[published.report.training.best - 1]
    assert published.report.cross_validation.by_fold == ()
    held_out = published.held_out
    right = held_out.logits.argmax(axis=1) == published.division.labels[held_out.rows]
    assert right.mean() == pytest.approx(watched.validation_accuracy)
    same_predictions(published, tmp_path)


@pytest.mark.parametrize("head", ["logistic", "centroid"])
def test_every_head_learns_once_more_unless_it_is_not_to(tmp_path: Path, head: str) -> None:
    data = split_pictures(tmp_path / "data")
    watched, both = (fitted_to(data, head=head, refit=refit) for refit in (False, True))
    assert watched.report.before_refit is None
    assert both.report.before_refit == PartScores.of(watched.report.test)
    assert watched.test_logits.tobytes() != both.test_logits.tobytes()


def test_without_a_validation_split_only_heads_with_epochs_learn_once_more(pictures: Path) -> None:
    assert fitted_to(pictures, head="logistic").report.before_refit is None
    same = [fitted_to(pictures, head="logistic", refit=refit).test_logits.tobytes() for refit in (False, True)]
    assert same[0] == same[1]
    dense = fitted_to(pictures, head="dense100", features="last", epochs=2)
    assert dense.report.before_refit.n == dense.report.test.n
    assert fitted_to(pictures, head="dense100", features="last", epochs=2, test_fraction=0).report.before_refit is None


def test_resampled_pictures_are_for_learning_and_not_for_watching(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data", 40, ("red",))
    write_pictures(data, 12, ("blue",))
    fitted = fitted_to(data, head="dense100", features="last", balance="smote", epochs=2)
    seen = fitted.report.training.history[0].validation_accuracy
    watched = len(fitted.division.training_and_validation(Recipe())[1])
    assert seen * watched == pytest.approx(round(seen * watched)), "no row of the validation part is made up"


def test_binary_accuracy_stands_beside_top_1(pictures: Path, tmp_path: Path) -> None:
    fitted = fitted_to(pictures, head="dense256", features="last", loss="binary-cross-entropy", epochs=3)
    binary = fitted.report.binary
    assert binary.no_accuracy == pytest.approx(2 / 3)
    assert all(0 < epoch.validation_binary_accuracy <= 1 for epoch in fitted.report.training.history)
    assert reloaded(fitted, tmp_path).report.binary == binary
    assert fitted_to(pictures, head="centroid").report.binary is None


@pytest.mark.filterwarnings("ignore::headway.errors.HeadwayWarning")
def test_a_head_that_learnt_nothing_warns_where_its_steps_were_asked_for(pictures: Path) -> None:
    asked = fitted_to(pictures, head="dense256", features="last", learning_rate=1e-9, epochs=1)
    assert asked.report.training.abandoned_rates == ()
    assert "the head learnt nothing" in next(doubts(asked.report))
