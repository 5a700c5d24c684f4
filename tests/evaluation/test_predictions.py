"""Results image by image: the rows are those that the scores are made of."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import headway
from headway import Recipe
from headway.cli.main import run as command
from headway.errors import HeadwayWarning
from headway.evaluation import evaluate, evaluate_pair
from headway.model import Model
from headway.predictions import open_predictions, to_frame
from headway.rendering import scores
from tests.fitting.test_run import with_split
from tests.helpers import Notes, run_fit, write_pictures

TINY = Recipe(backbone="tiny", head="logistic", precision="fp32")


@pytest.fixture
def model(pictures: Path) -> Model:
    return headway.fit(pictures, TINY)


def test_rows_of_a_fit_give_its_scores_again(pictures: Path) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    fitted = run_fit(pictures, TINY)
    rows = list(fitted.results())
    report = fitted.report
    test = [row for row in rows if row.source == "test"]
    assert sum(row.true_class == row.predicted_class for row in test) == report.test.right
    assert len(test) == report.test.n
    assert {row.split for row in test} == {"test"}
    held_out = [row for row in rows if row.source == "cross-validation"]
    assert len(held_out) == report.cross_validation.n == 35
    assert {row.fold for row in held_out} == set(range(5))
    assert len({row.path for row in held_out}) == 35, "each picture is held out once"
    assert not any(row.seen_in_training for row in held_out)
    [broken] = [row for row in rows if row.reason is not None]
    assert broken.path.endswith("00.png") and broken.predicted_class is None
    assert (broken.true_class, broken.split) == ("red", None)
    [broken] = [row for row in evaluate(fitted.model, pictures).results() if row.reason is not None]
    assert (broken.true_class, broken.split) == ("red", None)


def test_a_validation_split_has_rows_of_its_own(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    for path in sorted((root / "train").glob("*/*.png")):
        if int(path.stem) < 7:
            (root / "validation" / path.parent.name).mkdir(parents=True, exist_ok=True)
            path.rename(root / "validation" / path.parent.name / path.name)
    rows = list(run_fit(root, TINY).results())
    validation = [row for row in rows if row.source == "validation"]
    assert {row.split for row in validation} == {"validation"}
    assert len(validation) == 9
    assert all(row.fold is None for row in validation)


def test_what_could_not_be_read_has_the_split_that_the_data_set_gives_it(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    broken = {part: sorted((root / part / "red").glob("*.png"))[0] for part in ("train", "test")}
    for path in broken.values():
        path.write_bytes(b"")
    fitted = run_fit(root, TINY)
    rows = [row for row in fitted.results() if row.reason is not None]
    assert {row.split: row.path for row in rows} == {part: str(path) for part, path in broken.items()}
    assert {row.true_class for row in rows} == {"red"}
    [row] = evaluate(fitted.model, root, max_bad=0.5).unreadable
    assert (row.path, row.split, row.true_class) == (str(broken["test"]), "test", "red")


def test_a_trained_network_has_rows_of_its_validation_part(pictures: Path) -> None:
    fitted = run_fit(pictures, Recipe(backbone="tiny", finetune="last-block", epochs=1, precision="fp32"))
    rows = [row for row in fitted.results() if row.source == "validation"]
    validation = fitted.report.training.validation
    assert len(rows) == validation.n
    assert sum(row.true_class == row.predicted_class for row in rows) == validation.right


def test_rows_of_an_evaluation(pictures: Path, tmp_path: Path, model: Model) -> None:
    others = write_pictures(tmp_path / "others", 2, seed=7)
    (others / "red" / "a.png").write_bytes((pictures / "red" / "01.png").read_bytes())
    evaluation = evaluate(model, others, progress=Notes())
    rows = list(evaluation.results())
    np.testing.assert_allclose(
        [[p for _, p in row.probabilities] for row in rows], model.predict_proba([row.path for row in rows]), atol=1e-6
    )
    seen = {Path(row.path).name for row in rows if row.seen_in_training}
    assert seen <= {"a.png"}
    assert len(seen) == evaluation.scores.seen_in_training
    frame = evaluation.to_frame()
    assert list(frame["path"]) == [row.path for row in rows]
    assert np.allclose(frame["probability"], frame[[f"p:{name}" for name in model.classes]].max(axis=1))
    assert (frame["true_class"] == frame["predicted_class"]).sum() == evaluation.scores.right


def test_files_hold_the_rows(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (pictures / "red" / "00.png").write_bytes(b"")
    target, each = tmp_path / "m.onnx", tmp_path / "each.csv"
    assert command(["fit", str(pictures), "-o", str(target), "--backbone", "tiny", "--predictions", str(each)]) == 0
    rows = list(csv.DictReader(each.read_text().splitlines()))
    assert {row["source"] for row in rows} == {"cross-validation", "test", ""}
    for row in rows:
        if not row["reason"]:
            total = sum(float(row[f"p:{name}"]) for name in ("blue", "green", "red"))
            assert total == pytest.approx(1, abs=1e-4)
    each = tmp_path / "each.parquet"
    assert command(["evaluate", str(target), str(pictures), "--predictions", str(each)]) == 0
    table = parquet.read_table(each).to_pylist()
    assert len(table) == 36
    assert [row["reason"] is None for row in table].count(False) == 1
    taken = tmp_path / "notes.csv"
    taken.write_text("mine")
    capsys.readouterr()
    assert command(["evaluate", str(target), str(pictures), "--predictions", str(taken)]) == 2
    assert taken.read_text() == "mine"


def test_two_models_are_compared_picture_by_picture(pictures: Path, model: Model) -> None:
    shrunk = headway.fit(pictures, TINY, head="majority")
    pair = evaluate_pair(model, shrunk, pictures, progress=Notes())
    rows = [list(evaluate(each, pictures, progress=Notes()).predictions) for each in (model, shrunk)]
    right = np.array([[row.true_class == row.predicted_class for row in each] for each in rows])
    assert pair.paired.only_first == int((right[0] & ~right[1]).sum())
    assert pair.paired.only_second == int((right[1] & ~right[0]).sum())
    assert pair.paired.p < 0.05
    assert evaluate_pair(model, model, pictures, progress=Notes()).paired.p == 1


def test_no_test_pictures(pictures: Path, tmp_path: Path) -> None:
    """The final model learns from all; what is reported is cross-validated."""
    fitted = run_fit(pictures, TINY, progress=None)
    everything = headway.fit(pictures, TINY, test_fraction=0)
    report = everything.report
    assert report.test is None
    assert (report.data.division.kind, report.data.division.train, report.data.division.test) == ("none", 36, 0)
    assert report.cross_validation.n == 36
    assert report.cross_validation.accuracy == fitted.report.cross_validation.accuracy
    loaded = headway.load(everything.save(tmp_path / "m.onnx"))
    assert loaded.report.test is None
    assert evaluate(loaded, pictures, progress=Notes()).scores.seen_in_training == 36


def test_what_a_given_validation_part_shares_with_training_is_marked(pictures: Path, tmp_path: Path) -> None:
    root = with_split(pictures, tmp_path / "split")
    (root / "validation").mkdir()
    for label in ("blue", "green", "red"):
        (root / "validation" / label).mkdir()
        source = sorted((root / "train" / label).iterdir())
        source[0].rename(root / "validation" / label / "new.png")
        (root / "validation" / label / "copy.png").write_bytes(source[1].read_bytes())
    rows = [row for row in run_fit(root, TINY).results() if row.source == "validation"]
    assert {Path(row.path).name: row.seen_in_training for row in rows} == {"new.png": False, "copy.png": True}


def test_a_frame_has_the_columns_of_the_file(pictures: Path, tmp_path: Path, model: Model) -> None:
    (pictures / "red" / "00.png").write_bytes(b"")
    each = tmp_path / "each.csv"
    evaluation = evaluate(model, pictures, progress=Notes())
    with open_predictions(each, model.classes) as rows:
        for row in evaluation.results():
            rows.write(row)
    frame = evaluation.to_frame()
    assert list(frame.columns) == each.read_text().splitlines()[0].split(",")
    assert len(frame) == 36
    [broken] = frame[frame["reason"].notna()].to_dict("records")
    assert broken["true_class"] == "red"
    assert frame["predicted_class"].isna().sum() == 1
    many = to_frame([], [f"c{i}" for i in range(101)])
    assert [name for name in many.columns if name.startswith("class")] == [f"class{i}" for i in range(1, 6)]


def test_evaluating_on_what_was_learned_from_is_a_warning(pictures: Path, model: Model) -> None:
    with pytest.warns(HeadwayWarning, match="the model learned from 30 of these 36 pictures"):
        evaluation = evaluate(model, pictures)
    assert repr(evaluation).endswith("on 36 images, 30 of them seen in training>")


def test_two_models_on_pictures_that_they_know_have_no_verdict(pictures: Path, tmp_path: Path, model: Model) -> None:
    other = headway.fit(pictures, TINY, head="majority")
    assert "not a fair comparison" in scores.paired(evaluate_pair(model, other, pictures, progress=Notes()))
    new = write_pictures(tmp_path / "new", 6, seed=11)
    assert "the model is better" in scores.paired(evaluate_pair(model, other, new))
    assert "right and wrong on the same pictures" in scores.paired(evaluate_pair(model, model, new))
