"""Pictures in: one decoding policy for training, prediction and serving (docs/pictures.md).

::

    load ── nearest       all of it as Keras decodes, where that is asked for
        ├── source        what kind of file it is, its bounds, its reader, and a reason when it cannot be read
        ├── headers       what a header promises, checked before anything is decoded
        ├── tiff          TIFFs that Pillow would misread, from their tags
        ├── dicom         medical images, by pydicom
        ├── deferred      images that another library decodes
        ├── choosing      which bands are read
        ├── transparency  alpha that Pillow overlooks
        ├── sixteen       both bytes of PNGs of 16 bits
        ├── strips        giant PNGs, a few rows at a time
        ├── bands         other giants, scaled a band of rows at a time
        ├── arrays        NumPy arrays to images
        ├── levels        numbers of any range to 8 bits
        ├── modes         every pixel mode to grey, RGB or CMYK of 8 bits, alpha premultiplied
        ├── measure       size, brightness, sharpness, perceptual hash, …
        ├── fitting       which part of the picture goes where in the square
        ├── finish        colour profile, white behind alpha
        └── upright       orientation
    suffixes              endings of names
    files                 what a header says: compression (quality), animation (frames), time and orientation (exif)
    depth                 the range of values of a data set
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.images.decode import POLICIES as POLICIES
    from headway.images.decode import POLICY as POLICY
    from headway.images.decode import load as load
    from headway.images.decode import load_with_facts as load_with_facts
    from headway.images.fitting import FITS as FITS
    from headway.images.suffixes import SUFFIXES as SUFFIXES

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.images.decode": "POLICIES POLICY load load_with_facts",
        "headway.images.fitting": "FITS",
        "headway.images.suffixes": "SUFFIXES",
    },
)
