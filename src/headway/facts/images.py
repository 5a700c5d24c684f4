"""What is found out about an image from the pixels that are decoded for the backbone."""

from __future__ import annotations

from dataclasses import dataclass

# Half a level: what rounding may add to a flat picture.
_BLANK_CONTRAST = 0.5


@dataclass(frozen=True)
class ImageFacts:
    """Properties of one image.

    All but the first four are measured on every second pixel of every second row of the scaled image that the backbone
    reads, before letterboxing, so that they depend on its size and on how the image is brought into the square.

    Parameters
    ----------
    width, height : int
        Pixels, upright: after the EXIF orientation.
    mode : str
        Pillow's name of how pixels are stored: ``"RGB"``, ``"L"``, ``"P"``, ``"CMYK"``, …
    format : str or None
        ``"JPEG"``, ``"PNG"``, …; None for a PIL image or an array from memory.
    brightness : float
        Mean of the grey levels (ITU-R 601 luma), from 0 to 255.
    contrast : float
        Their standard deviation (RMS contrast), from 0 to 127.5.
    sharpness : float
        Variance of the Laplacian of the grey levels (Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield
        microscopy"); low where the image is blurred or empty.
    n_colours : int
        Distinct colours at 5 bits per channel among a quarter of these pixels, at least 1.
    perceptual_hash : int
        64-bit difference hash, dHash (Krawetz 2013, "Kind of Like That"): bit 8·y + x, from the highest, says whether
        column x of row y is brighter than the column to its left, on 9 × 8 grey levels. Near-duplicates differ in a
        few bits.
    """

    width: int
    height: int
    mode: str
    format: str | None
    brightness: float
    contrast: float
    sharpness: float
    n_colours: int
    perceptual_hash: int

    @property
    def is_of_one_colour(self) -> bool:
        """Whether nothing is to be seen: as good as all pixels are the same, as in a blank scan or a failed export."""
        return self.n_colours == 1 and self.contrast < _BLANK_CONTRAST
