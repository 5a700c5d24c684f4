"""Figures of facts and arrays, by matplotlib: for files, and for pages.

::

    figures        a document of facts → its drawings, by the name of their file
    ├── data           pictures of each class by part
    ├── confusion      confusion matrix
    ├── scores         reliability, accuracy against coverage
    ├── training       learning curves of a network
    ├── comparison     ranking of recipes
    ├── curve          what more pictures bring, measured and forecast
    └── depths         accuracy by the depth of a network
    pictures       grids of pictures: samples of each class, augmentation
    saving         a figure → SVG, PNG, SVG within a page; folder writes several
    style          colours, type and sizes of all figures; lettering finds fonts for names in any script

Importing this package loads matplotlib, so whoever draws imports it inside functions.
"""

from headway.drawing.saving import Drawing, inline, save

__all__ = ["Drawing", "inline", "save"]
