"""What is found out about an image: from the pixels that are decoded for the backbone, and from its file's header."""

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


@dataclass(frozen=True)
class FileFacts:
    """What the header of an image's file says.

    Parameters
    ----------
    bytes : int
        Size of the file.
    ending : str
        Of its name, with the point, in lower case: ``".jpg"``; empty for bytes in memory, and where there is none.
    format : str
        What it is by its content: ``"JPEG"``, ``"PNG"``, …
    mode : str
        Pillow's name of how pixels are stored: ``"RGB"``, ``"L"``, ``"P"``, …
    bits : int
        Of a sample of a pixel: 8 as a rule, 16 or 32 where there are more, less for few colours in a PNG.
    frames : int
        Frames of an animation, or pages, at least 1; only the first is read. No more than 1,000 are counted of a GIF or
        a TIFF.
    quality : int or None
        Of a JPEG, from 1 to 100: that at which libjpeg quantises as coarsely. None for other formats.
    orientation : int
        Of EXIF, from 1 to 8; 1 is upright.
    taken : float or None
        When a camera took it by its own clock, in seconds since 1970 as if that went by UTC; None where the file does
        not say.
    """

    bytes: int
    ending: str
    format: str
    mode: str
    bits: int
    frames: int
    quality: int | None
    orientation: int
    taken: float | None
