"""An image that another library than Pillow decodes, when it is loaded and not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from PIL import Image

from headway.images.levels import PLAIN, Levels

Decode: TypeAlias = Callable[[tuple[int, ...], Levels], Image.Image]


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
        Returns the pixels; called once. It gets the numbers of the bands that are wanted, from 1, or none for the
        usual; and what becomes of numbers of more than 8 bits.
    is_deep : bool
        Whether there are such numbers.
    """

    def __init__(
        self, size: tuple[int, int], mode: str, info: dict[Any, Any], decode: Decode, *, is_deep: bool = False
    ) -> None:
        super().__init__()
        self.is_deep = is_deep
        self._size, self._mode, self.info = size, mode, info
        self._decode: Decode | None = decode

    def load(self) -> Any:
        """Decode the pixels, the first time."""
        return self.load_bands((), PLAIN)

    def load_bands(self, bands: tuple[int, ...], levels: Levels) -> Any:
        """Decode the pixels of some bands, the first time."""
        if self._decode is not None:
            decoded, self._decode = self._decode(bands, levels), None
            self.im, self._mode = decoded.im, decoded.mode
        return super().load()
