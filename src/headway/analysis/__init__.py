"""Which features are of use: a look at all pictures, before anything is chosen.

::

    columns      analyse: every feature's spread, nearest other, and what it says about the class → ColumnReport
    spectrum     effective rank: how many directions the features really have
    maps         pictures in two dimensions: PCA, t-SNE, UMAP
    plots        the figures, by matplotlib: pip install 'headway[plots]'
    wording      what a feature is, in words
    folder       features.csv, map.csv and the figures, in one folder
"""

from headway.analysis.columns import VERDICTS, ColumnReport, analyse
from headway.analysis.spectrum import Spectrum, spectrum

__all__ = ["VERDICTS", "ColumnReport", "Spectrum", "analyse", "spectrum"]
