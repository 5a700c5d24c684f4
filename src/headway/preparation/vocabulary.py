"""Visual words, which turn a bag of local descriptors into one row of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import DataError
from headway.heads import parallel

if TYPE_CHECKING:
    from headway.types import FloatArray, IntArray

# A bag of 100 points fills no more. Alone, 256 words gain a point on elpv; beside 1,000 other features they lose one
# (docs/adr/0011-hand-made-descriptors.md).
N_WORDS = 64
MAX_DESCRIPTORS = 50_000  # that a vocabulary is fitted to: about 800 a word
_LARGEST = 1.001  # entry of a word: those of normalised descriptors lie between -1 and 1, and words are their means
_BLOCK_ROWS = 64  # of up to 128 points each: the distances of a block to 64 words take 2 MB


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that stand for the local descriptors of one bag (Csurka et al., ECCV workshop 2004).

    Descriptors are divided by their sum of absolute values, and each entry is replaced by its root with its sign
    (RootSIFT: Arandjelović and Zisserman, CVPR 2012). Every descriptor counts for the nearest word; the counts are
    divided by their sum, and their roots are taken. Numbers that do not fit together are a `DataError`.

    Examples
    --------
    >>> vocabulary = Vocabulary(0, 4, np.array([[1, 0], [0, 1]], "float32"))
    >>> vocabulary.encode(np.array([[5, 0, np.nan, np.nan], [5, 0, 0, 2]], "float32")).round(3).tolist()
    [[1.0, 0.0], [0.7070000171661377, 0.7070000171661377]]
    """

    first: int  # column of the bag in the raw matrix
    count: int  # columns of the bag; a multiple of the width of a descriptor
    words: FloatArray  # (k, width): centres of normalised descriptors, so from -1 to 1

    def __post_init__(self) -> None:
        words = self.words
        valid = words.ndim == 2 and words.size and self.first >= 0 and self.count > 0
        if not valid or self.count % words.shape[1]:
            raise DataError(
                f"a vocabulary needs words (k, width) and a bag of whole descriptors, got words of shape "
                f"{words.shape} and a bag of {self.count} columns from {self.first} on"
            )
        if not (np.abs(words) <= _LARGEST).all():  # NaN is not, either
            raise DataError("the words of a vocabulary must be numbers from -1 to 1: means of normalised descriptors")

    def encode(self, bags: FloatArray) -> FloatArray:
        """Turn bags (n, count) of descriptors, those with NaN missing, into histograms of words (n, k).

        Rows have length 1, or are zero for a bag without descriptors.
        """
        half_squares = 0.5 * (self.words**2).sum(axis=1)
        histograms = np.zeros((len(bags), len(self.words)), dtype=np.float32)

        def fill(rows: slice) -> None:
            owner, descriptors = descriptors_of(bags[rows], self.words.shape[1])
            nearest = (descriptors @ self.words.T - half_squares).argmax(axis=1)
            np.add.at(histograms[rows], (owner, nearest), 1)

        parallel.each(fill, [slice(start, start + _BLOCK_ROWS) for start in range(0, len(bags), _BLOCK_ROWS)])
        histograms /= np.maximum(histograms.sum(axis=1, keepdims=True), 1)
        return np.sqrt(histograms)


def descriptors_of(bags: FloatArray, width: int) -> tuple[IntArray, FloatArray]:
    """Return the row of each descriptor that is not missing (m,), and the normalised descriptors (m, width)."""
    descriptors = bags.reshape(-1, width)
    present = np.flatnonzero(np.isfinite(descriptors).all(axis=1))
    descriptors = descriptors[present]
    total = np.abs(descriptors).sum(axis=1, keepdims=True)
    normalised = np.sign(descriptors) * np.sqrt(np.abs(descriptors) / np.maximum(total, np.finfo(np.float32).tiny))
    return present // (bags.shape[1] // width), normalised.astype(np.float32, copy=False)


def fit_vocabulary(bags: FloatArray, first: int, width: int, seed: int) -> Vocabulary:
    """Fit up to 64 words by mini-batch k-means (Sculley, WWW 2010) to at most 50,000 of the descriptors.

    Bags (n, count) are those of the training rows only, ``first`` is their first column in the raw matrix, and
    ``width`` the length of a descriptor. Fewer different descriptors give as many words; none gives one of zeros.
    """
    random = np.random.default_rng(seed)
    descriptors = sample_descriptors(bags, width, random)
    n_words = min(N_WORDS, len(np.unique(descriptors, axis=0)) if len(descriptors) < 8 * N_WORDS else N_WORDS)
    if not n_words:
        return Vocabulary(first, bags.shape[1], np.zeros((1, width), dtype=np.float32))
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    # Several threads add up in any order, and the words would not be the same twice.
    with threadpool_limits(limits=1):
        means = MiniBatchKMeans(n_words, batch_size=2048, n_init=1, max_iter=30, random_state=seed).fit(descriptors)
    return Vocabulary(first, bags.shape[1], np.ascontiguousarray(means.cluster_centers_, dtype=np.float32))


def sample_descriptors(bags: FloatArray, width: int, random: np.random.Generator) -> FloatArray:
    """Normalised descriptors (m, width) of bags in random order, at most ``MAX_DESCRIPTORS``."""
    points = bags.shape[1] // width
    order = random.permutation(len(bags))
    samples: list[FloatArray] = []
    missing = MAX_DESCRIPTORS
    step = max(1, MAX_DESCRIPTORS // points)
    for start in range(0, len(order), step):
        _, descriptors = descriptors_of(bags[np.sort(order[start : start + step])], width)
        samples.append(descriptors[:missing])
        missing -= len(samples[-1])
        if not missing:
            break
    return np.concatenate(samples)
