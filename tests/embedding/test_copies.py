"""Changed copies of training pictures: what they are of, where they go, and that heads learn from them."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from headway.analysis.study import study
from headway.backbones import find, open_engine
from headway.comparison.depths import compare_depths
from headway.dataset import Dataset, read
from headway.embedding import Copies, FeatureTable, open_features, read_parquet, rows, rows_to_write, write_features
from headway.embedding.copies import CopyingEngine
from headway.errors import DataError, UserError
from headway.fitting.run import fit_recipe
from headway.recipe import Recipe
from headway.session import Session
from headway.splits import split

if TYPE_CHECKING:
    from headway.types import UInt8Array

RECIPE = Recipe(backbone="tiny", precision="fp32")


def darker(image: UInt8Array) -> UInt8Array:
    return np.stack([image // 2, image // 4])


COPIES = Copies(2, "half and a quarter as bright", darker)


def written(
    data: object, tmp_path: Path, recipe: Recipe = RECIPE, copies: Copies = COPIES
) -> tuple[Dataset, FeatureTable, Dataset, FeatureTable]:
    with Session.open(tmp_path / "store") as session:
        opened = open_features(session, data if isinstance(data, Dataset) else read(data), recipe)
        dataset, table = rows_to_write(session, opened, recipe, copies)
        values = table.read()  # while the store is open
        own = opened.table.read()
        digests = list(opened.table.hashes)
    fixed = dataclasses.replace(table, fetch=lambda positions, columns: values[positions][:, columns])
    kept = dataclasses.replace(
        opened.table, hashes=digests, fetch=lambda positions, columns: own[positions][:, columns]
    )
    return opened.dataset, kept, dataset, fixed


def test_copies_follow_their_picture_in_its_group_and_only_in_training(pictures: Path, tmp_path: Path) -> None:
    data, table, grown, features = written(pictures, tmp_path)
    parts = split(data.labels, contents=table.hashes)
    assert len(grown) == 36 + 2 * len(parts.train) and grown.copies is not None and grown.given is not None
    assert set(grown.given[grown.copies > 0].tolist()) == {0}
    own = grown.copies == 0
    assert [grown.pictures[row] for row in np.flatnonzero(own)] == list(data.pictures)
    np.testing.assert_array_equal(np.flatnonzero(grown.given[own] == 2), parts.test)
    assert grown.groups is not None
    for row in np.flatnonzero(~own).tolist():
        source = row - int(grown.copies[row])
        assert grown.pictures[row] == grown.pictures[source]
        assert grown.groups[row] == grown.groups[source] and grown.labels[row] == grown.labels[source]
    assert len(set(features.hashes)) == len(set(table.hashes)) + 2 * len({table.hashes[row] for row in parts.train})
    np.testing.assert_array_equal(features.read(np.flatnonzero(own)), table.read())


def test_features_are_those_of_the_changed_pictures(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (32, 32, 3), np.uint8) for _ in range(20)]
    changed = [copy for image in images for copy in (image, *darker(image))]
    whole = Dataset(images, np.arange(20) % 2, ("a", "b"), given=np.array([0] * 19 + [2], np.int8))
    _, _, grown, features = written(whole, tmp_path)
    assert len(grown) == 58
    with Session.open(tmp_path / "other") as session:
        table = open_features(session, read(changed[:-2]), RECIPE).table
        np.testing.assert_allclose(features.read(), table.read(), rtol=1e-5, atol=1e-5)
        order = random.permutation(58)
        np.testing.assert_array_equal(features.read(order, ["head.mean"]), features.read(names=["head.mean"])[order])


def test_what_is_stored_is_not_computed_again(pictures: Path, tmp_path: Path) -> None:
    def never(image: UInt8Array) -> UInt8Array:
        raise AssertionError

    first = written(pictures, tmp_path)[3].read()
    again = written(pictures, tmp_path, copies=dataclasses.replace(COPIES, change=never))[3].read()
    assert first.tobytes() == again.tobytes()
    with pytest.raises(AssertionError):
        written(pictures, tmp_path, copies=Copies(2, "other", never))


def test_identical_pictures_share_a_group_with_their_copies(pictures: Path, tmp_path: Path) -> None:
    (pictures / "red" / "01.png").write_bytes((pictures / "red" / "00.png").read_bytes())
    _, _, grown, _ = written(pictures, tmp_path)
    rows = [row for row, path in enumerate(map(str, grown.pictures)) if path.endswith(("red/00.png", "red/01.png"))]
    assert grown.groups is not None and len(set(grown.groups[rows].tolist())) == 1


def test_a_data_set_without_training_pictures_or_labels_is_refused(pictures: Path, tmp_path: Path) -> None:
    data = read(pictures)
    with pytest.raises(DataError, match="no picture is in the training part"):
        written(dataclasses.replace(data, given=np.full(36, 2, np.int8)), tmp_path)
    with pytest.raises(DataError, match="every picture needs a label to be split by class"):
        written([str(path) for path in data.pictures], tmp_path)


@pytest.mark.parametrize("head", ["majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"])
def test_every_head_learns_from_copies_and_is_scored_on_pictures(pictures: Path, tmp_path: Path, head: str) -> None:
    pytest.importorskip("pyarrow")
    with Session.open(tmp_path / "store") as session:
        opened = open_features(session, read(pictures), RECIPE)
        write_features(tmp_path / "f.parquet", *rows_to_write(session, opened, RECIPE, COPIES))
        epochs = 2 if head.startswith("dense") else 0
        fitted = fit_recipe(session, tmp_path / "f.parquet", Recipe(head=head, epochs=epochs, folds=2))
    division = fitted.division
    assert division.data.copies is not None
    assert np.count_nonzero(division.data.copies[division.parts.train]) == 2 * len(division.parts.train) // 3
    assert not division.data.copies[division.parts.test].any()
    assert fitted.held_out is not None and not division.data.copies[fitted.held_out.rows].any()
    source = fitted.model.report.data.source
    assert source is not None and source.copies == len(division.parts.train) * 2 // 3 and source.pictures == 36


def test_copies_elsewhere_than_in_training_are_refused(pictures: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with Session.open(tmp_path / "store") as session:
        opened = open_features(session, read(pictures), RECIPE)
        write_features(tmp_path / "f.parquet", *rows_to_write(session, opened, RECIPE, COPIES))
    content = parquet.read_table(tmp_path / "f.parquet")
    dataset, _ = read_parquet(tmp_path / "f.parquet")
    assert dataset.copies is not None and dataset.copies.dtype == np.int8
    for column, values in (("split", ["test"] * len(content)), ("split", [None] * len(content))):
        place = content.schema.get_field_index(column)
        field = content.schema.field(column)
        import pyarrow

        parquet.write_table(content.set_column(place, field, pyarrow.array(values, field.type)), tmp_path / "g.parquet")
        with pytest.raises(DataError, match="changed copies of pictures must be in the training split"):
            read_parquet(tmp_path / "g.parquet")


def test_a_key_names_all_that_copies_depend_on() -> None:
    assert COPIES.key == f"copies-{hashlib.sha256(COPIES.name.encode()).hexdigest()[:16]}"


def test_more_than_the_store_holds_of_a_picture_is_refused(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_NUMBERS", 127)
    with pytest.raises(UserError, match="2 of 64 each have more: take fewer --copies, or --features last"):
        written(pictures, tmp_path)


def test_an_engine_gives_the_copies_of_each_picture_side_by_side() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    engine = open_engine(find("tiny"), ["head.mean", "block1.std"], "fp32")
    copying = CopyingEngine(engine, COPIES)
    assert (copying.width, copying.widths) == (96, {"head.mean": 64, "block1.std": 32})
    assert (copying.outputs, copying.input_size, copying.precision) == (engine.outputs, (32, 32), "fp32")
    expected = np.concatenate([engine.run(darker(image)).reshape(1, -1) for image in images])
    np.testing.assert_array_equal(copying.run(images), expected)
    assert [rows.shape for _, rows in copying.map([(0, images[:0]), (1, images)])] == [(0, 96), (3, 96)]


def test_a_file_without_a_split_is_divided_anew_and_its_copies_still_judge_nothing(
    pictures: Path, tmp_path: Path
) -> None:
    everything = dataclasses.replace(RECIPE, test_fraction=0.0)
    with Session.open(tmp_path / "store") as session:
        opened = open_features(session, read(pictures), everything)
        write_features(tmp_path / "f.npy", *rows_to_write(session, opened, everything, COPIES))
        fitted = fit_recipe(session, tmp_path / "f.npy", Recipe(head="centroid", folds=2))
    division = fitted.division
    copies = division.data.copies
    assert copies is not None and np.count_nonzero(copies) == 72
    assert not copies[division.parts.test].any() and division.parts.division.test == len(division.parts.test) > 0
    tested = division.groups[division.parts.test]
    assert not set(tested.tolist()) & set(division.groups[division.parts.train].tolist())
    assert fitted.report.test is not None and fitted.report.test.n == len(division.parts.test)


def test_copies_are_no_further_pictures_for_the_analysis_and_the_depths(pictures: Path, tmp_path: Path) -> None:
    with Session.open(tmp_path / "store") as session:
        opened = open_features(session, read(pictures), RECIPE)
        write_features(tmp_path / "f.npy", *rows_to_write(session, opened, RECIPE, COPIES))
    found = study(tmp_path / "f.npy", cache=tmp_path / "store")
    own = study(pictures, RECIPE, cache=tmp_path / "store")
    np.testing.assert_array_equal(found.features, own.features)
    assert found.facts().data.n == own.facts().data.n == found.facts().data.readable == 36
    depths = compare_depths(tmp_path / "f.npy", cache=tmp_path / "store")
    assert depths.pictures == compare_depths(pictures, RECIPE, cache=tmp_path / "store").pictures
