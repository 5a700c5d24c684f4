"""What a model takes for pictures, and what it says of the usual mistakes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway import Model
from headway.errors import DataError, ModelError, PictureError
from headway.model import load
from headway.model.inputs import as_pictures
from tests.helpers import write_pictures


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    write_pictures(tmp_path / "photos", 2, ("green", "red"))
    return sorted(map(str, (tmp_path / "photos").glob("*/*.png")))


def test_arrays_and_series_of_paths_are_lists_of_paths(fitted: Model, paths: list[str]) -> None:
    pandas = pytest.importorskip("pandas")
    expected = fitted.predict(paths)
    assert [prediction.name for prediction in expected] == paths
    series = pandas.Series(paths, index=[7, 5, 3, 1])
    for several in (
        np.array(paths),
        np.array(paths, dtype=object),
        np.array(list(map(Path, paths))),
        series,
        tuple(paths),
    ):
        assert fitted.predict(several) == expected
    assert fitted.predict(np.array(paths[0])) == expected[:1]


def test_a_batch_is_many_pictures_and_an_array_is_one(fitted: Model) -> None:
    assert len(fitted.predict(np.zeros((4, 9, 8, 3), np.uint8))) == 4
    for shape in ((9, 8), (9, 8, 3), (9, 8, 4)):
        assert len(fitted.predict(np.zeros(shape, np.uint8))) == 1


def test_open_files_are_one_picture(paths: list[str]) -> None:
    memory = io.BytesIO(Path(paths[0]).read_bytes())
    assert as_pictures(memory) == [memory]
    with open(paths[0], "rb") as file:
        assert as_pictures(file) == [file]
    assert as_pictures(Image.new("L", (3, 3))) != []


def test_whatever_holds_the_bytes_of_a_file_is_one_picture(fitted: Model, paths: list[str]) -> None:
    content = Path(paths[0]).read_bytes()
    [expected] = fitted.predict(content)
    for picture in (bytearray(content), memoryview(content), memoryview(content)[:]):
        assert fitted.predict(picture) == fitted.predict([picture]) == [expected]
    dataset = headway.read([content, bytearray(content), memoryview(content)], ["a", "a", "b"])
    hashes = headway.embed(dataset, "tiny").hashes
    assert hashes[0] == hashes[1] == hashes[2]


def test_a_file_that_was_read_to_its_end_is_told_from_an_empty_one(fitted: Model, paths: list[str]) -> None:
    memory = io.BytesIO(Path(paths[0]).read_bytes())
    fitted.predict(memory)
    with pytest.raises(PictureError, match=r"picture 0: .* was read to its end: seek\(0\)"):
        fitted.predict(memory)
    with pytest.raises(PictureError, match="empty file"):
        fitted.predict(io.BytesIO())


def test_what_is_no_picture_is_named_by_its_type(fitted: Model, paths: list[str]) -> None:
    with pytest.raises(DataError, match="one or several, not int$"):
        fitted.predict(3)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"pictures must be a list, not a table: pass the column .* of 'a'$"):
        fitted.predict({"a": 1})  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"model\.predict\(dataset\.pictures\)"):
        fitted.predict(headway.read(paths))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="by the path of its file, not by bytes$"):
        load(b"\x08" * 1_000_000)  # type: ignore[arg-type]
    for missing in (None, float("nan")):
        with pytest.raises(PictureError, match=f"picture 1: is missing .{missing}.$"):
            fitted.predict([paths[0], missing])  # type: ignore[list-item]
        with pytest.raises(DataError, match="picture 1 is missing"):
            headway.read([paths[0], missing])


def test_a_table_is_an_error_that_names_the_column(fitted: Model, paths: list[str]) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"label": ["a", "b", "c", "d"], "n": [1, 2, 3, 4], "file": [None, *paths[1:]]})
    for given in (table, {"file": paths}):
        for method in (fitted.predict, fitted.stream, fitted.predict_proba, fitted.results):
            with pytest.raises(DataError, match=r"not a table: model\.predict\(table\['file'\]\)"):
                method(given)  # type: ignore[operator]
    with pytest.raises(DataError, match="pass the column that holds the paths, of 'label', 'n'$"):
        fitted.predict(table[["label", "n"]])
    with pytest.raises(DataError, match="no column"):
        fitted.predict(pandas.DataFrame())
    with pytest.raises(DataError, match=r"model\.predict\(table\['pictures'\]\)"):  # as a data set calls them
        fitted.predict(pandas.DataFrame({"pictures": paths, "labels": ["a"] * len(paths)}))


def test_swapped_arguments_are_errors_that_show_the_right_call(fitted: Model, paths: list[str], tmp_path: Path) -> None:
    folder, model = tmp_path / "photos", fitted.save(tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="is a folder, not a model: `headway fit"):
        load(folder)
    with pytest.raises(ModelError, match=r"is a picture, not a model: give the \.onnx file"):
        load(paths[0])
    with pytest.raises(DataError, match=r"is a model, not a picture: headway\.load\("):
        fitted.predict(model)
    with pytest.raises(DataError, match=r"is a folder, not a picture: model\.predict\(headway\.read\("):
        fitted.predict(str(folder))


def test_a_failure_in_the_middle_loses_no_picture_before_it(fitted: Model, paths: list[str]) -> None:
    def names() -> Iterator[str]:
        yield from paths
        raise OSError("the list ends here")

    stream, found = fitted.stream(names()), []
    with pytest.raises(OSError, match="the list ends here"):
        for prediction in stream:
            found.append(prediction.name)
    assert found == paths


def test_probabilities_are_those_that_scikit_learn_would_return(fitted: Model, paths: list[str]) -> None:
    probabilities = fitted.predict_proba(paths)
    assert (probabilities.shape, probabilities.dtype) == ((4, 3), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    predictions = fitted.predict(paths, top=3)
    assert fitted.classes_.dtype.kind == "U"
    assert fitted.classes_[probabilities.argmax(axis=1)].tolist() == [found.label for found in predictions]
    assert [dict(found.top) for found in predictions] == [
        dict(zip(fitted.classes_.tolist(), row.tolist(), strict=True)) for row in probabilities
    ]
    assert fitted.predict_proba(paths[0]).shape == (1, 3)
    assert fitted.predict_proba([]).shape == (0, 3)
    with pytest.raises(PictureError, match="picture 1: "):
        fitted.predict_proba([paths[0], b"broken"])


def test_results_are_rows_also_of_what_cannot_be_read(fitted: Model, paths: list[str]) -> None:
    good, bad = fitted.results([paths[0], "no-such.png"])
    [prediction] = fitted.predict(paths[0], top=3)
    assert (good.path, good.source, good.predicted_class) == (paths[0], "predict", prediction.label)
    assert (good.probability, dict(good.probabilities)) == (prediction.probability, dict(prediction.top))
    assert [name for name, _ in good.probabilities] == list(fitted.classes)
    assert (bad.path, bad.predicted_class, bad.probability, bad.probabilities) == ("no-such.png", None, None, ())
    assert bad.reason is not None
    assert good.reason is None


def test_a_model_is_one_line(fitted: Model) -> None:
    assert repr(fitted) == "<headway.Model: 3 classes, centroid on tiny, test accuracy 0.500>"
