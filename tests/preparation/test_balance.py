import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from headway.errors import DataError
from headway.preparation.balance import check_smote, class_weights, resampled_rows, smote


def test_weights_are_scikit_learns_balanced_ones():
    labels = np.random.default_rng(0).integers(0, 4, 100) ** 2 % 7
    np.testing.assert_allclose(class_weights(labels, 7), compute_sample_weight("balanced", labels), rtol=1e-6)
    assert class_weights(labels, 7).mean() == pytest.approx(1)


@pytest.mark.parametrize(("how", "size"), [("undersample", 4), ("oversample", 30)])
def test_every_class_ends_at_the_same_size(how, size):
    labels = np.repeat([0, 2, 3], [30, 4, 12])
    rows = resampled_rows(labels, how, 0)
    assert np.bincount(labels[rows]).tolist() == [size, 0, size, size]
    assert rows.tolist() == resampled_rows(labels, how, 0).tolist()
    if how == "undersample":
        assert len(np.unique(rows)) == len(rows)
        assert rows.tolist() != resampled_rows(labels, how, 1).tolist()
    else:
        assert set(rows.tolist()) == set(range(46))


def test_smote_draws_between_pictures_of_the_class():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 6])
    features = (random.uniform(0, 1, (36, 4)) + 10 * labels[:, None]).astype("float32")
    more, their_labels = smote(features, labels, 0)
    assert more.dtype == np.float32
    assert np.bincount(their_labels).tolist() == [30, 30]
    np.testing.assert_array_equal(more[:36], features)
    new = more[36:]
    assert (new >= features[30:].min(axis=0)).all() and (new <= features[30:].max(axis=0)).all()
    # Each lies on a line between two of them.
    own = features[30:].astype("float64")
    for row in new:
        gaps = [np.linalg.norm(np.cross(np.append(b - a, 0)[:3], np.append(row - a, 0)[:3])) for a in own for b in own]
        assert min(gaps) < 1e-3


def test_classes_too_small_for_smote_are_said():
    check_smote(np.repeat([0, 1, 2], [9, 6, 9]))
    check_smote(np.repeat([0, 1], [3, 3]))  # nothing is to be filled up
    small = np.repeat([0, 1, 2], [20, 5, 2])
    with pytest.raises(DataError, match=r"at least 6 .* there are of 'red' 2, 'blue' 5: take --balance oversample"):
        check_smote(small, ("grey", "blue", "red"))
    with pytest.raises(DataError, match="there are of 2 2, 1 5"):
        check_smote(small)
    with pytest.raises(DataError, match="1 1, 2 1, 3 1 and 4 more classes too few"):
        check_smote(np.repeat(np.arange(8), [20, *[1] * 7]))
