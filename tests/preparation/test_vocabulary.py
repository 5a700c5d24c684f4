import numpy as np
import pytest

from headway.errors import DataError
from headway.preparation import Vocabulary, vocabulary
from headway.preparation.vocabulary import descriptors_of, fit_vocabulary


def _bags(n=40, points=10, width=6, seed=0):
    """Descriptors around four directions; some bags are not full, and the last one is empty."""
    random = np.random.default_rng(seed)
    centres = np.eye(4, width) * 10
    bags = np.abs(centres[random.integers(0, 4, (n, points))] + random.uniform(0, 0.5, (n, points, width)))
    for row in range(n):
        bags[row, points - row % 5 :] = np.nan
    bags[-1] = np.nan
    return bags.reshape(n, -1).astype("float32")


def test_descriptors_are_rootsift_and_keep_their_sign():
    bags = np.array([[4, -12, np.nan, 1], [0, 0, 1, 0]], "float32")
    owner, descriptors = descriptors_of(bags, 2)
    assert owner.tolist() == [0, 1, 1]
    np.testing.assert_allclose(descriptors, [[0.5, -np.sqrt(0.75)], [0, 0], [1, 0]], atol=1e-6)


def test_encoding_is_the_histogram_written_as_a_loop():
    bags = _bags(n=150)
    fitted = fit_vocabulary(bags, 0, 6, 0)
    expected = np.zeros((150, len(fitted.words)))
    for row, bag in enumerate(bags):
        for descriptor in bag.reshape(-1, 6):
            if np.isfinite(descriptor).all():
                unit = np.sqrt(descriptor / descriptor.sum())
                expected[row, ((fitted.words - unit) ** 2).sum(axis=1).argmin()] += 1
    expected = np.sqrt(expected / np.maximum(expected.sum(axis=1, keepdims=True), 1))
    np.testing.assert_allclose(fitted.encode(bags), expected, atol=1e-6)
    lengths = (fitted.encode(bags) ** 2).sum(axis=1)
    np.testing.assert_allclose(lengths[:-1], 1, atol=1e-5)
    assert lengths[-1] == 0


def test_words_are_found_and_are_the_same_again(monkeypatch):
    monkeypatch.setattr(vocabulary, "N_WORDS", 4)
    bags = _bags()
    first, second = fit_vocabulary(bags, 6, 6, 0), fit_vocabulary(bags, 6, 6, 0)
    assert first.words.tobytes() == second.words.tobytes()
    assert sorted(first.words.argmax(axis=1).tolist()) == [0, 1, 2, 3]
    assert (first.first, first.count) == (6, 60)


def test_few_descriptors_give_few_words_and_none_gives_one():
    one = np.array([[1, 2, 1, 2, np.nan, 5]], "float32")
    assert fit_vocabulary(one, 0, 2, 0).words.shape == (1, 2)
    nothing = np.full((3, 4), np.nan, "float32")
    assert fit_vocabulary(nothing, 0, 2, 0).encode(nothing).tolist() == [[0.0]] * 3


def test_a_vocabulary_learns_from_a_sample_of_many(monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_DESCRIPTORS", 35)
    monkeypatch.setattr(vocabulary, "N_WORDS", 4)
    assert vocabulary.sample_descriptors(_bags(), 6, np.random.default_rng(0)).shape == (35, 6)
    assert fit_vocabulary(_bags(), 0, 6, 0).words.shape == (4, 6)


@pytest.mark.parametrize(
    ("first", "count", "words"), [(-1, 4, np.ones((2, 2))), (0, 5, np.ones((2, 2))), (0, 4, np.ones((0, 2))),
                                  (0, 4, np.ones(2)), (0, 0, np.ones((2, 2)))]
)  # fmt: skip
def test_numbers_that_do_not_fit_are_refused(first, count, words):
    with pytest.raises(DataError, match="whole descriptors"):
        Vocabulary(first, count, words.astype("float32"))


@pytest.mark.parametrize("entry", [np.nan, np.inf, 3e38, -1.1])
def test_words_that_no_descriptor_is_near_to_are_refused(entry):
    words = np.array([[1, 0], [0, entry]], "float32")
    with pytest.raises(DataError, match="from -1 to 1"):
        Vocabulary(0, 4, words)
