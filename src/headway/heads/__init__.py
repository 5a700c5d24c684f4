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

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.heads.base import Head as Head
    from headway.heads.centroid import fit_centroid as fit_centroid
    from headway.heads.dense import DenseHead as DenseHead
    from headway.heads.dense_published import Course as Course
    from headway.heads.dense_published import DenseSettings as DenseSettings
    from headway.heads.dense_published import fit_published as fit_published
    from headway.heads.kernel import KernelHead as KernelHead
    from headway.heads.kernel import SvmPath as SvmPath
    from headway.heads.lbfgs import fit_lbfgs as fit_lbfgs
    from headway.heads.logistic import LogisticPath as LogisticPath
    from headway.heads.logistic import fit_logistic as fit_logistic
    from headway.heads.majority import fit_majority as fit_majority
    from headway.heads.mlp import fit_mlp as fit_mlp
    from headway.heads.ridge import fit_ridge as fit_ridge
    from headway.heads.standardising import Standardised as Standardised
    from headway.heads.standardising import standardise as standardise
    from headway.heads.standardising import unscaled as unscaled

__getattr__, __all__ = lazily(
    __name__,
    {
        "headway.heads.base": "Head",
        "headway.heads.centroid": "fit_centroid",
        "headway.heads.dense": "DenseHead",
        "headway.heads.dense_published": "Course DenseSettings fit_published",
        "headway.heads.kernel": "KernelHead SvmPath",
        "headway.heads.lbfgs": "fit_lbfgs",
        "headway.heads.logistic": "LogisticPath fit_logistic",
        "headway.heads.majority": "fit_majority",
        "headway.heads.mlp": "fit_mlp",
        "headway.heads.ridge": "fit_ridge",
        "headway.heads.standardising": "Standardised standardise unscaled",
    },
)
