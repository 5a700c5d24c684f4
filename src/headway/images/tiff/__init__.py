"""TIFFs: what Pillow misreads is noticed from the tags, and read here or refused with the reason.

::

    open_tiff ── directory   the tags of the first page, within bounds
             ├── layout      what they say of the pixels, and whether Pillow reads these rightly
             ├── segments    strips and tiles to samples; libtiff decompresses them, by Pillow
             └── picture     samples to an image of 8 bits per channel, or of 16 bits of grey

Pillow reads the ordinary ones, and those that are coded as pictures (JPEG, fax). Everything else is samples in a box:
of any depth, in planes, tiles or strips. Why not tifffile: ADR 20.
"""

from headway.images.tiff.picture import open_tiff

__all__ = ["open_tiff"]
