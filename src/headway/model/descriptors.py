"""The vocabularies of visual words, which a model of hand-made descriptors keeps in its metadata."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from headway.errors import ModelError
from headway.preparation import Vocabulary

NOTE = "This graph begins behind hand-made features: Headway computes its input (headway predict MODEL PICTURES)."
_MOST_COLUMNS = 1 << 24


def pack(vocabularies: Sequence[Vocabulary]) -> list[dict[str, Any]]:
    """Return vocabularies as plain values: the words are little-endian float32, row by row, in base64."""
    return [
        {
            "first": vocabulary.first,
            "count": vocabulary.count,
            "shape": list(vocabulary.words.shape),
            "words": base64.b64encode(vocabulary.words.astype("<f4").tobytes()).decode(),
        }
        for vocabulary in vocabularies
    ]


def unpack(entries: Any) -> tuple[Vocabulary, ...]:
    """Read what `pack` wrote, from a file that is not trusted; `ModelError` or `DataError` if it is something else."""
    if not isinstance(entries, list):
        raise ModelError("its metadata headway.vocabularies is not a list")
    return tuple(_vocabulary(entry) for entry in entries)


def _vocabulary(entry: Any) -> Vocabulary:
    try:
        first, count, (k, width) = entry["first"], entry["count"], entry["shape"]
        content = base64.b64decode(entry["words"], validate=True)
        if not all(type(number) is int and 0 <= number < _MOST_COLUMNS for number in (first, count, k, width)):
            raise ValueError
        words = np.frombuffer(content, "<f4").astype(np.float32).reshape(k, width)
    except (KeyError, TypeError, ValueError):
        raise ModelError("its metadata headway.vocabularies holds an entry that is not understood") from None
    return Vocabulary(first, count, words)
