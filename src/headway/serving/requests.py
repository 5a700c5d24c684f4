"""What may be sent as JSON."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EncodedPicture:
    """A picture as text.

    Parameters
    ----------
    data : str
        Its file in base64.
    name : str
        What the answer calls it.
    """

    data: str
    name: str = ""


@dataclass(frozen=True)
class EncodedPictures:
    """The body of ``POST /v1/predict`` in JSON.

    Parameters
    ----------
    pictures : tuple of EncodedPicture
        At least one.
    """

    pictures: tuple[EncodedPicture, ...]
