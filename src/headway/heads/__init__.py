"""Heads: classifiers on features. Arrays in, plain arrays out.

Every ``fit_…`` function takes the same first arguments:

data : Standardised
    Features of n rows, from `standardise` or `unscaled`.
labels : int64 array (n,)
    Classes in ``0 … n_classes - 1``; some may have no row.
weights : float32 array (n,)
    How much every row counts; 0 for one that is not trained on.
n_classes : int
    Number of classes, k.

The same arguments, the ``seed`` of a network among them, give the same bytes on any number of cores.
"""

from headway.heads.base import Head
from headway.heads.centroid import fit_centroid
from headway.heads.dense import DenseHead
from headway.heads.dense_published import Course, DenseSettings, fit_published
from headway.heads.kernel import KernelHead, SvmPath
from headway.heads.logistic import LogisticPath, fit_logistic
from headway.heads.majority import fit_majority
from headway.heads.mlp import fit_mlp
from headway.heads.standardise import Standardised, standardise, unscaled

__all__ = [
    "Course",
    "DenseHead",
    "DenseSettings",
    "Head",
    "KernelHead",
    "LogisticPath",
    "Standardised",
    "SvmPath",
    "fit_centroid",
    "fit_logistic",
    "fit_majority",
    "fit_mlp",
    "fit_published",
    "standardise",
    "unscaled",
]
