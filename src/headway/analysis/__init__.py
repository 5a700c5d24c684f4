"""Which features are of use: a look at all images, before anything is chosen.

::

    study        a data set → Study, and its facts
    ├── columns      analyse: every feature's spread, nearest other, and what it says about the class → ColumnReport
    ├── spectrum     effective rank: how many directions the features really have
    └── maps         images in two dimensions: PCA, t-SNE, UMAP
    folder       a Study → features.csv and map.csv
    figures      a Study → its drawings, by the name of their file
    ├── plots        the drawings, in the style of `headway.drawing`
    └── wording      what a feature is, in words
    layers       a backbone or a model, layer by layer, and what of it is trained
"""

from headway.analysis.columns import VERDICTS, ColumnReport, analyse
from headway.analysis.spectrum import Spectrum, spectrum

__all__ = ["VERDICTS", "ColumnReport", "Spectrum", "analyse", "spectrum"]
