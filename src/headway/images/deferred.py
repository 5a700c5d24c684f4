"""An image that another library than Pillow decodes, when it is loaded and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image


class DeferredImage(Image.Image):
    """An image of which only the header is known, until `load` calls for its pixels.

    Parameters
    ----------
    size : (int, int)
        Width and height in pixels.
    mode : str
        Mode of Pillow's that is nearest to what the file says of its pixels.
    info : dict
        What else is known of it, under Pillow's names.
    decode : callable
        Returns the pixels; called once. It gets the numbers of the bands that are wanted, from 1; none for the usual.
    """

    def __init__(
        self, size: tuple[int, int], mode: str, info: dict[Any, Any], decode: Callable[[tuple[int, ...]], Image.Image]
    ) -> None:
        super().__init__()
        self._size, self._mode, self.info = size, mode, info
        self._decode: Callable[[tuple[int, ...]], Image.Image] | None = decode

    def load(self) -> Any:
        """Decode the pixels, the first time."""
        return self.load_bands(())

    def load_bands(self, bands: tuple[int, ...]) -> Any:
        """Decode the pixels of some bands, the first time."""
        if self._decode is not None:
            decoded, self._decode = self._decode(bands), None
            self.im, self._mode = decoded.im, decoded.mode
        return super().load()
