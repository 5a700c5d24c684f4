"""`Embedder` among scikit-learn's own."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from headway.backbones import engines
from headway.dataset import read
from headway.embedding import Embedder
from headway.errors import DataError, UnknownNameError, UserError


class EmbedderOfRows(Embedder):
    """Takes each row of a table for a picture one pixel high, so that scikit-learn's checks, which need tables, can run."""

    def __init__(self, backbone="tiny", features="last", *, resize="squash", precision="fp32", cache=None) -> None:
        super().__init__(backbone, features, resize=resize, precision=precision, cache=cache)

    def fit(self, X, y=None):
        return super().fit(as_pictures(X), y)

    def transform(self, X):
        return super().transform(as_pictures(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.three_d_array = tags.input_tags.string = False
        return tags


def as_pictures(X) -> np.ndarray:
    X = np.asarray(X)
    if X.dtype.kind == "f":
        X = 0.5 + np.arctan(X) / 4  # pixels of floats are from 0 to 1
    return X[:, np.newaxis, :] if X.ndim == 2 else X


DO_NOT_APPLY = {
    "check_n_features_in_after_fitting": "pictures may differ in size, so there is no number of features to hold them to",
    "check_n_features_in": "the same",
    "check_estimators_dtypes": "int64 is no type of pixels: a picture of it is refused with a reason",
    "check_dtype_object": "nor are Python objects",
    "check_complex_data": "nor are complex numbers; refused when transformed, as fit does not look at pictures",
    "check_estimators_nan_inf": "NaN in a picture is black and infinity white or black, by the decoding policy",
    "check_estimators_empty_data_messages": "an empty list is refused with DataError, which is no ValueError",
    "check_fit1d": "the same: numbers that are no pictures are refused with DataError",
    "check_fit2d_predict1d": "the same",
    "check_estimator_sparse_tag": "a sparse matrix is no sequence of pictures",
    "check_estimator_sparse_array": "the same",
    "check_estimator_sparse_matrix": "the same",
}


@parametrize_with_checks([EmbedderOfRows()], expected_failed_checks=lambda _: DO_NOT_APPLY)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning", "ignore:X does not have valid feature names")
def test_scikit_learns_checks(estimator, check) -> None:
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learns_checks_of_what_takes_no_tables() -> None:
    assert all(result["status"] == "passed" for result in check_estimator(Embedder("tiny"), on_skip=None))


def paths_and_labels(pictures: Path) -> tuple[list[str], list[str]]:
    dataset = read(pictures)
    return [str(path) for path in dataset.pictures], [dataset.classes[label] for label in dataset.labels]


def test_takes_paths_images_and_arrays(pictures: Path) -> None:
    paths, _ = paths_and_labels(pictures)
    images = [Image.open(path) for path in paths]
    arrays = np.stack([np.asarray(image) for image in images])
    embedder = Embedder("tiny")
    expected = embedder.fit_transform(paths)
    assert expected.shape == (36, 32) and expected.dtype == np.float32
    assert embedder.n_features_out_ == 32
    for given in (images, arrays, list(arrays), np.array(paths), pd.Series(paths), pd.DataFrame({"path": paths})):
        np.testing.assert_array_equal(embedder.transform(given), expected)
    assert embedder.transform(tuple(map(Path, paths[:2]))).shape == (2, 32)
    np.testing.assert_array_equal(embedder.fit_transform([io.BytesIO(Path(paths[0]).read_bytes())]), expected[:1])


def test_features(pictures: Path) -> None:
    paths, _ = paths_and_labels(pictures)
    last = Embedder("tiny").fit_transform(paths)
    depths = Embedder("tiny", "depths").fit_transform(paths)
    np.testing.assert_array_equal(depths[:, 32:], last)
    named = Embedder("tiny", ["head.mean", "block1.mean"]).fit_transform(paths)
    np.testing.assert_array_equal(named, np.hstack([depths[:, 32:], depths[:, :16]]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"backbone": "tinny"}, "backbone"),
        ({"features": "lst"}, "did you mean last"),
        ({"features": ["head.meen"]}, "did you mean head.mean"),
        ({"resize": "sqash"}, "did you mean squash"),
        ({"precision": "fp16"}, "fp16"),
    ],
)
def test_misspelt_parameters_are_found_by_fit_not_by_init(parameters: dict, message: str) -> None:
    embedder = Embedder(**{"backbone": "tiny", **parameters})
    with pytest.raises(UnknownNameError, match=message):
        embedder.fit(["a.png"])


def test_wrong_input(pictures: Path) -> None:
    paths, _ = paths_and_labels(pictures)
    embedder = Embedder("tiny").fit(paths)
    Path(paths[3]).write_text("text")
    with pytest.raises(DataError, match=r"1 of 36 pictures cannot be read.*not a picture"):
        embedder.transform(paths)
    for wrong in ("a.png", Path("a.png"), b"x", 3, None, [], np.zeros((4, 5)), np.zeros(4)):
        with pytest.raises(DataError, match="pictures"):
            embedder.fit(wrong)
    with pytest.raises(UserError, match="at least one"):
        Embedder("tiny", []).fit(paths)
    for parameters in (
        {"backbone": None},
        {"backbone": ["tiny"]},
        {"features": None},
        {"features": 5},
        {"features": [None]},
        {"features": [["head.mean"]]},
        {"resize": ["squash"]},
        {"precision": None},
    ):
        with pytest.raises(UserError):
            Embedder(**{"backbone": "tiny", **parameters}).fit(paths)
    for cache in (5, "", "~nosuchuser/x", paths[0], "a\0b"):
        with pytest.raises(UserError, match="cache folder"):
            Embedder("tiny", cache=cache).fit_transform(paths)
    for wrong in ({"a.png": 1}, {"a.png"}):
        with pytest.raises(DataError, match="must come as a sequence"):
            embedder.fit(wrong)


def test_names_and_pandas_output(pictures: Path) -> None:
    paths, _ = paths_and_labels(pictures)
    embedder = Embedder("tiny", "depths").set_output(transform="pandas")
    frame = embedder.fit_transform(paths[:3])
    assert isinstance(frame, pd.DataFrame) and frame.shape == (3, 64)
    assert frame.columns[0] == "block1.mean_0" and frame.columns[-1] == "head.mean_31"
    assert list(frame.columns) == list(embedder.get_feature_names_out())


def test_clone_and_pickle_hold_parameters_only(pictures: Path, tmp_path: Path) -> None:
    paths, _ = paths_and_labels(pictures)
    embedder = Embedder("tiny", "depths", resize="crop", precision="fp32", cache=tmp_path / "elsewhere")
    expected = embedder.fit_transform(paths)
    assert (tmp_path / "elsewhere" / "features.sqlite").exists()
    content = pickle.dumps(embedder)
    assert len(content) < 1_000
    for other in (clone(embedder), pickle.loads(content)):
        assert other.get_params() == embedder.get_params()
        np.testing.assert_array_equal(other.transform(paths), expected)


def test_in_a_pipeline_each_picture_is_computed_once(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, labels = paths_and_labels(pictures)
    made = []
    make = engines.Engine
    monkeypatch.setattr(engines, "Engine", lambda *given: made.append(1) or make(*given))
    pipeline = make_pipeline(Embedder("tiny"), LogisticRegression())
    scores = cross_val_score(pipeline, paths, labels, cv=3)
    assert scores.mean() > 0.9
    assert len(made) == 2  # the first training part and the first held-out part; all others are known
    grid = {"embedder__features": ["last", "depths"], "logisticregression__C": [0.1, 1.0]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(paths, labels)
    assert search.best_score_ > 0.9
    assert len(made) == 2
    assert search.predict(paths[:1])[0] == labels[0]
