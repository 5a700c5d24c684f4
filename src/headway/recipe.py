"""The recipe: everything that a fit is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from reprlib import repr as shortened
from typing import Any, Literal, TypedDict, get_args

from headway import recipe_rules
from headway.errors import UnknownNameError, UserError, blaming
from headway.ranges import AUTO, parse_range, range_text
from headway.types import Decoding, LossChoice, OptimizerChoice, Reading, ResizePolicy, Scaling

HeadChoice = Literal["auto", "majority", "centroid", "ridge", "logistic", "mlp", "svm", "dense100", "dense256"]
PrecisionChoice = Literal["auto", "fp32", "bf16"]
DeviceChoice = Literal["cpu", "cuda"]
SelectChoice = Literal["none", "std", "correlation", "mutual-info", "anova", "l1"]
BalanceChoice = Literal["none", "weights", "undersample", "oversample", "smote"]
FinetuneChoice = Literal["none", "last-block", "all", "auto"]
ScratchChoice = Literal["none", "food11", "residual"]

# What scikit-learn and Keras call the fields.
_ELSEWHERE = {
    "base_model": "backbone",
    "class_weight": "balance",
    "classifier": "head",
    "cv": "folds",
    "data_augmentation": "augment",
    "input_shape": "image_size",
    "k": "select_count",
    "learning_rate_init": "learning_rate",
    "lr": "learning_rate",
    "max_iter": "epochs",
    "model": "backbone",
    "n_epochs": "epochs",
    "n_splits": "folds",
    "num_epochs": "epochs",
    "random_state": "seed",
    "target_size": "image_size",
    "test_size": "test_fraction",
    "validation_split": "test_fraction",
    "rescale": "scaling",
}
ONLY_IN_RECIPES = ("decoding", "scaling", "solver", "loss", "optimizer", "refit")
"""Fields that publications need, and that the command line has no options for."""


class Settings(TypedDict, total=False):
    """The fields of a `Recipe`, as keywords of `headway.fit`."""

    backbone: str
    weights: str
    image_size: int
    device: DeviceChoice
    resize: ResizePolicy
    bands: tuple[int, ...]
    value_range: str
    decoding: Decoding
    scaling: Scaling
    precision: PrecisionChoice
    features: str
    select: SelectChoice
    select_count: int
    balance: BalanceChoice
    head: HeadChoice
    C: tuple[float, ...]
    solver: tuple[str, ...]
    finetune: FinetuneChoice
    scratch: ScratchChoice
    augment: tuple[str, ...]
    tta: bool
    epochs: int
    learning_rate: float
    loss: LossChoice
    optimizer: OptimizerChoice
    refit: bool
    test_fraction: float
    folds: int
    seed: int


@dataclass(frozen=True)
class Recipe:
    """What to fit. The defaults are what the measurements in ``benchmarks/RESULTS.md`` favour.

    Parameters
    ----------
    backbone : str
        What features are read from: the name of a pretrained network or of hand-made descriptors (`headway backbones`
        lists the best known), several of either joined by ``+``, or the path of an ONNX or Keras file.
    weights : str
        The network's weights: ``""`` for its pretrained ones, ``"random"``, or a file.
    image_size : int
        Height and width of the pictures in pixels, where the network allows; 0 takes the network's own.
    device : {"cpu", "cuda"}
        Where networks are run and trained.
    resize : {"squash", "crop", "letterbox"}
        How a picture becomes a square: its sides squeezed, its middle cut out, or white borders added.
    bands : tuple of int
        Which bands of a picture are read, from 1: one, for grey, or those for red, green and blue; empty for what the
        file says.
    value_range : str
        Of samples with more than 8 bits, what is black and what is white in all pictures: a number of bits, ``"8"``,
        ``"10"``, ``"12"`` or ``"14"``; ``"16"`` for what the format says; the two values, such as ``"-1024,3071"``; or
        ``"auto"``, which lets the training pictures decide.
    decoding : {"headway", "keras"}
        How a file becomes pixels: by Headway's policy, or as Keras' ``load_img`` does, with the nearest pixel and
        without regard to orientation, colour profile and transparency.
    scaling : {"network", "unit"}
        Whether colours are normalised as the network was trained, or scaled to 0…1 and no more.
    precision : {"auto", "fp32", "bf16"}
        Arithmetic of the network; ``"auto"`` takes bf16 where the processor has it, unless pictures are decoded as
        Keras does, which computes in fp32.
    features : str
        Pooled features of the last layer, ``"last"``, of several depths together, ``"depths"``, or whichever
        cross-validates better, ``"auto"``; the last map, flattened, ``"flat"``; or one layer or output by its name,
        such as ``"block4"``, which is its mean and its spread. The head of a network that is trained reads ``"last"``,
        or ``"flat"`` where it is fine-tuned.
    select : {"none", "std", "correlation", "mutual-info", "anova", "l1"}
        Which features to leave out: those that hardly vary, that repeat another, or that say little about the class.
    select_count : int
        How many features to keep; 0 leaves it to the method.
    balance : {"none", "weights", "undersample", "oversample", "smote"}
        What to do about classes of unequal size, in training only.
    head : {"auto", "majority", "centroid", "ridge", "logistic", "mlp", "svm", "dense100", "dense256"}
        The classifier on the features, or whichever cross-validates best. A network that is fine-tuned has a linear
        head, or ``"dense256"``.
    C : tuple of float
        Inverse strengths of the penalty to try, for logistic and svm heads; empty for the usual ones.
    solver : tuple of str
        scikit-learn's solvers, ``"newton-cg"`` and ``"lbfgs"``, for its logistic regression: every C is tried with
        each, and the one of the best accuracy on validation pictures is taken. Features keep their units, ``epochs``
        are iterations of lbfgs, and without ``C`` there is scikit-learn's, 1. Empty for Headway's own search.
    finetune : {"none", "last-block", "all", "auto"}
        Which part of the backbone is trained, too.
    scratch : {"none", "food11", "residual"}
        A small network to train from random weights, instead of a backbone.
    augment : tuple of str
        Random changes of the training pictures of a network, for instance ``("rotate=40", "hflip")``.
    tta : bool
        Whether a network's features are averaged over mirrored views of a picture; where ``finetune`` is ``"auto"``,
        only if that pays on the validation part.
    epochs : int
        Most passes over the training pictures of a network; 0 takes the method's own.
    learning_rate : float
        Largest step of a network's training; 0 takes the method's own.
    loss : {"cross-entropy", "binary-cross-entropy"}
        What a network that is trained, or a dense head, is to make small: cross-entropy of a softmax over the classes,
        or the mean over the classes of the binary cross-entropy of a sigmoid for each.
    optimizer : {"auto", "adam", "adamw", "sgd", "sgd-momentum"}
        How it takes its steps; ``"auto"`` is the method's own, ``"sgd-momentum"`` has a momentum of 0.9.
    refit : bool
        Whether what was watched on validation pictures learns once more, on training and validation pictures together.
    test_fraction : float
        Part of the pictures held back for the test, in [0, 1), where the data set has no test split. With 0 the model
        is fitted on all pictures, and only cross-validation scores it.
    folds : int
        Number of folds of the cross-validation, from 2 to 100.
    seed : int
        The only source of randomness, from 0 to 2**32 - 1.

    Raises
    ------
    UnknownNameError
        When a choice is not in its list.
    UserError
        When a value is of the wrong type, a number out of its range, or two values contradict each other.

    Examples
    --------
    >>> Recipe(head="logistic").head
    'logistic'
    """

    backbone: str = "efficientnet_lite0"
    weights: str = ""
    image_size: int = 0
    device: DeviceChoice = "cpu"
    resize: ResizePolicy = "squash"
    bands: tuple[int, ...] = ()
    value_range: str = AUTO
    decoding: Decoding = "headway"
    scaling: Scaling = "network"
    precision: PrecisionChoice = "auto"
    features: str = "auto"
    select: SelectChoice = "none"
    select_count: int = 0
    balance: BalanceChoice = "none"
    head: HeadChoice = "auto"
    C: tuple[float, ...] = ()
    solver: tuple[str, ...] = ()
    finetune: FinetuneChoice = "none"
    scratch: ScratchChoice = "none"
    augment: tuple[str, ...] = ()
    tta: bool = False
    epochs: int = 0
    learning_rate: float = 0.0
    loss: LossChoice = "cross-entropy"
    optimizer: OptimizerChoice = "auto"
    refit: bool = True
    test_fraction: float = 0.2
    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be done before any work begins."""
        for name, choices in CHOICES.items():
            with blaming(name):
                value = getattr(self, name)
                if not isinstance(value, str):
                    raise FieldError(name, f"{name} must be one of {', '.join(choices)}, not {shortened(value)}")
                if value not in choices:
                    raise UnknownNameError(name, value, choices)
        for name, message in recipe_rules.problems(self):
            raise FieldError(name, message)
        # numpy's numbers are fine, but JSON does not know them.
        for name in ("image_size", "select_count", "epochs", "folds", "seed"):
            object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("test_fraction", "learning_rate"):
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "C", tuple(float(C) for C in self.C))
        for name in ("augment", "solver"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "bands", tuple(int(band) for band in self.bands))
        if self.value_range != AUTO:
            object.__setattr__(self, "value_range", range_text(self.reading.value_range))
        if self.decoding == "keras" and self.precision == "auto":
            object.__setattr__(self, "precision", "fp32")

    def with_settings(self, settings: Settings) -> Recipe:
        """Return the recipe with some of its fields set anew.

        Raises
        ------
        UnknownNameError
            When there is no such field.

        Examples
        --------
        >>> Recipe(head="svm").with_settings({"folds": 3}).folds
        3
        """
        for name in settings:
            if name in _ELSEWHERE:
                raise UserError(f"no setting is called {name!r}: here it is {_ELSEWHERE[name]}")
            if name not in self.__dataclass_fields__:
                raise UnknownNameError("setting", name, self.__dataclass_fields__)
        return replace(self, **settings)

    @property
    def reading(self) -> Reading:
        """How pictures are read; where the training pictures are to decide on the values, as formats say."""
        return Reading(self.bands, parse_range(self.value_range) or (), self.decoding)

    @property
    def trains_network(self) -> bool:
        """Whether a network is trained, rather than a head on features that stay as they are."""
        return self.finetune != "none" or self.scratch != "none"

    @property
    def is_as_published(self) -> bool:
        """Whether it does as a publication did, which scores every file: its pictures are decoded as Keras does."""
        return self.decoding == "keras"

    def with_reading(self, reading: Reading) -> Recipe:
        """Return the recipe with what was decided of the pictures, so that it holds for others, too.

        Examples
        --------
        >>> Recipe().with_reading(Reading(value_range=(0.0, 4095.0))).value_range
        '12'
        """
        decided = range_text(reading.value_range) if reading.value_range else self.value_range
        return replace(self, bands=reading.bands, value_range=decided, decoding=reading.decoding)

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, for JSON and TOML."""
        return asdict(self)


class FieldError(UserError):
    """A field of a recipe has a value that it cannot have, or not together with another.

    Parameters
    ----------
    field : str
        The one to change.
    message : str
        What is wrong; names of fields may stand in braces.
    names : mapping of str to str, optional
        What to call these; by default as they are called in a recipe.

    Examples
    --------
    >>> error = FieldError("augment", "{augment} needs {scratch}")
    >>> str(error), str(error.calling({"augment": "--augment", "scratch": "--scratch"}))
    ('augment needs scratch', '--augment needs --scratch')
    """

    def __init__(self, field: str, message: str, names: Mapping[str, str] | None = None) -> None:
        text = message
        for name in Recipe.__dataclass_fields__:
            text = text.replace(f"{{{name}}}", (names or {}).get(name, name))
        super().__init__(text)
        self.field, self._message = field, message

    def calling(self, names: Mapping[str, str]) -> FieldError:
        """Return the same error with other names for the fields."""
        return FieldError(self.field, self._message, names)


CHOICES: dict[str, tuple[str, ...]] = {
    "device": get_args(DeviceChoice),
    "resize": get_args(ResizePolicy),
    "decoding": get_args(Decoding),
    "scaling": get_args(Scaling),
    "precision": get_args(PrecisionChoice),
    "select": get_args(SelectChoice),
    "balance": get_args(BalanceChoice),
    "head": get_args(HeadChoice),
    "finetune": get_args(FinetuneChoice),
    "scratch": get_args(ScratchChoice),
    "loss": get_args(LossChoice),
    "optimizer": get_args(OptimizerChoice),
}
