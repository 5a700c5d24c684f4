"""Heads: what is learned on top of the features. Arrays in, plain arrays out."""

from headway.heads.base import Head
from headway.heads.centroid import fit_centroid
from headway.heads.dense import DenseHead
from headway.heads.dense_published import fit_published
from headway.heads.kernel import KernelHead, SvmPath, fit_svm
from headway.heads.logistic import LogisticPath, fit_logistic
from headway.heads.majority import fit_majority
from headway.heads.mlp import fit_mlp
from headway.heads.standardise import Standardised, standardise, unscaled

__all__ = [
    "DenseHead",
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
    "fit_svm",
    "standardise",
    "unscaled",
]
