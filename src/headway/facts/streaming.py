"""How a head learned from more features than memory is to hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Streamed:
    """How a head learned from features that are more than memory is to hold.

    Parameters
    ----------
    bytes : int
        What the features that it reads take.
    bound : int
        How many bytes of features are held in memory.
    watched : int
        Pictures of the validation part that head and penalty were chosen by.
    heads : tuple of str
        Kinds of heads that were left out, because they need all features at once or too many weights.
    features : tuple of str
        Feature sets that were left out.
    passes : int
        How often logistic regression read the features it learned from.
    on_disk : bool
        Whether the features were written into a temporary file in the order in which they are read; otherwise each pass
        read the data set again.
    """

    bytes: int
    bound: int
    watched: int
    heads: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    passes: int = 0
    on_disk: bool = False
