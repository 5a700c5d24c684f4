"""Heads: what is learned on top of the features. Arrays in, plain arrays out."""

from headway.heads.centroid import fit_centroid
from headway.heads.dense import DenseHead
from headway.heads.logistic import LogisticPath, fit_logistic
from headway.heads.mlp import fit_mlp
from headway.heads.standardise import Standardised, standardise

__all__ = ["DenseHead", "LogisticPath", "Standardised", "fit_centroid", "fit_logistic", "fit_mlp", "standardise"]
