"""Hand-made descriptors: features by formulas that people thought of, as a backbone like any other (docs/handmade.md).

::

    engine ── catalogue    names, lengths, what their numbers depend on
              ├── colour   histograms of red, green, blue, hue, saturation and value; needs no extra
              ├── glcm     grey-level co-occurrence
              ├── lbp      local binary patterns
              ├── hog      histograms of oriented gradients
              ├── edges    Canny and Sobel
              ├── harris   corners
              ├── sift     bags of local descriptors, which become histograms of visual words
              └── surf
    view   the image: colours, grey, smaller; tiles and histograms
"""

from headway.backbones.handmade.catalogue import ALL, NAMES, info, is_available, is_name, title

__all__ = ["ALL", "NAMES", "info", "is_available", "is_name", "title"]
