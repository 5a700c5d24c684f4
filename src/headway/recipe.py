"""Everything that is to be done, said in one place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

from headway.errors import UnknownNameError, UserError
from headway.types import ResizePolicy

HeadChoice = Literal["auto", "centroid", "logistic", "mlp"]
FeatureChoice = Literal["auto", "last", "depths"]
PrecisionChoice = Literal["auto", "fp32", "bf16"]
ClassWeight = Literal["none", "balanced"]

MAX_FOLDS = 100
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class Recipe:
    """What to fit. The defaults are what the measurements in ``benchmarks/RESULTS.md`` favour.

    Parameters
    ----------
    backbone : str
        The pretrained network that features are read from; `headway backbones` lists them.
    resize : {"squash", "crop", "letterbox"}
        How a picture becomes a square: its sides squeezed, its middle cut out, or white borders added.
    precision : {"auto", "fp32", "bf16"}
        Arithmetic of the network; ``"auto"`` takes bf16 where the processor has it.
    features : {"auto", "last", "depths"}
        Pooled features of the last layer, of several depths together, or whichever cross-validates better.
    head : {"auto", "centroid", "logistic", "mlp"}
        The classifier on the features, or whichever cross-validates best.
    class_weight : {"none", "balanced"}
        ``"balanced"`` makes every class count the same in training.
    test_fraction : float
        Part of the pictures held back for the test, in (0, 1), where the data set has no test split.
    folds : int
        Number of folds of the cross-validation, from 2 to 100.
    seed : int
        The only source of randomness, from 0 to 2**32 - 1.

    Raises
    ------
    UnknownNameError
        When a choice is not in its list.
    UserError
        When a value is of the wrong type, or a number out of its range.

    Examples
    --------
    >>> Recipe(head="logistic").head
    'logistic'
    """

    backbone: str = "efficientnet_lite0"
    resize: ResizePolicy = "squash"
    precision: PrecisionChoice = "auto"
    features: FeatureChoice = "auto"
    head: HeadChoice = "auto"
    class_weight: ClassWeight = "none"
    test_fraction: float = 0.2
    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be done before any work begins."""
        for field, choices in CHOICES.items():
            if getattr(self, field) not in choices:
                raise UnknownNameError(field.replace("_", " "), str(getattr(self, field)), choices)
        if not isinstance(self.backbone, str):
            raise UserError(f"the backbone must be the name of one, not {self.backbone!r}: see `headway backbones`")
        fraction, folds, seed = self.test_fraction, self.folds, self.seed
        if not isinstance(fraction, Real) or not 0 < fraction < 1:  # NaN is not, either
            raise UserError(f"the test fraction must lie between 0 and 1, not at {fraction!r}")
        if not _is_whole(folds) or not 2 <= folds <= MAX_FOLDS:
            raise UserError(f"cross-validation needs at least 2 folds and at most {MAX_FOLDS}, not {folds!r}")
        if not _is_whole(seed) or not 0 <= seed <= MAX_SEED:
            raise UserError(f"the seed must be a whole number from 0 to {MAX_SEED}, not {seed!r}")
        # numpy's numbers are fine, but JSON does not know them.
        for field, value in (("test_fraction", float(fraction)), ("folds", int(folds)), ("seed", int(seed))):
            object.__setattr__(self, field, value)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, for JSON and TOML."""
        return asdict(self)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


CHOICES: dict[str, tuple[str, ...]] = {
    "resize": get_args(ResizePolicy),
    "precision": get_args(PrecisionChoice),
    "features": get_args(FeatureChoice),
    "head": get_args(HeadChoice),
    "class_weight": get_args(ClassWeight),
}
