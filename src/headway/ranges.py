"""What is black and what is white in pictures whose samples have more than 8 bits: one range for a whole data set."""

from __future__ import annotations

import math
from typing import TypeAlias

ValueRange: TypeAlias = tuple[float, ...]
"""The value that becomes 0, and the one that becomes 255; empty for the range of the format."""

AUTO = "auto"
"""Says that the training pictures decide."""

BITS = (8, 10, 12, 14)
"""What is put into samples of 16 bits by instruments that have fewer."""

LARGEST = 1e30
"""What is beyond it or its negative is no end of a range; differences of float64 stay far from its own."""

_FORMATS_OWN = "16"


def of_bits(bits: int) -> ValueRange:
    """Return the range of so many bits.

    Examples
    --------
    >>> of_bits(12)
    (0.0, 4095.0)
    """
    return 0.0, float((1 << bits) - 1)


def bits_of(value_range: ValueRange) -> int | None:
    """Return how many bits have a range, from 8 to 16; None where it is of another kind.

    Examples
    --------
    >>> bits_of((0.0, 4095.0)), bits_of((-1024.0, 3071.0)), bits_of(())
    (12, None, None)
    """
    return next((bits for bits in (*BITS, 16) if value_range == of_bits(bits)), None)


def is_range(value: object) -> bool:
    """Say whether a value is a range, or empty.

    Examples
    --------
    >>> is_range((0, 4095)), is_range(()), is_range((1, 1)), is_range((0, float("inf"))), is_range("12")
    (True, True, False, False, False)
    """
    if not isinstance(value, tuple | list) or len(value) not in (0, 2):
        return False
    real = all(isinstance(end, int | float) and not isinstance(end, bool) for end in value)
    return real and all(-LARGEST <= end <= LARGEST for end in value) and (not value or value[0] < value[1])


def are_alike(one: ValueRange, other: ValueRange) -> bool:
    """Say whether two ranges share at least half of what they span together; an empty one stands for 16 bits.

    Examples
    --------
    >>> are_alike((0.0, 900.0), (10.0, 1000.0)), are_alike((), (0.0, 4095.0)), are_alike((), ())
    (True, False, True)
    """
    (low, high), (other_low, other_high) = one or of_bits(16), other or of_bits(16)
    return 2 * (min(high, other_high) - max(low, other_low)) >= max(high, other_high) - min(low, other_low)


def parse_range(text: object) -> ValueRange | None:
    """Read a number of bits, or the two ends with a comma between; None where it is neither.

    Examples
    --------
    >>> parse_range("12"), parse_range("-1024,3071"), parse_range("16"), parse_range("11")
    ((0.0, 4095.0), (-1024.0, 3071.0), (), None)
    """
    if not isinstance(text, str):
        return None
    if text == _FORMATS_OWN:
        return ()
    if text in map(str, BITS):
        return of_bits(int(text))
    try:
        ends = tuple(float(end) for end in text.split(","))
    except ValueError:
        return None
    return ends if len(ends) == 2 and is_range(ends) else None


def range_text(value_range: ValueRange) -> str:
    """Write a range so that `parse_range` reads it.

    Examples
    --------
    >>> range_text((0.0, 4095.0)), range_text((-0.5, 3071.0)), range_text(())
    ('12', '-0.5,3071', '16')
    """
    if not value_range:
        return _FORMATS_OWN
    bits = bits_of(value_range)
    return str(bits) if bits in BITS else ",".join(map(_number, value_range))


def _number(value: float) -> str:
    return str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value)
