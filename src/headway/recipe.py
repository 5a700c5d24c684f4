"""The recipe: everything that a fit is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from numbers import Integral, Real
from reprlib import repr as shortened
from typing import Any, Literal, TypedDict, get_args

from headway import changes
from headway.errors import UnknownNameError, UserError, blaming
from headway.ranges import AUTO, BITS, parse_range, range_text
from headway.types import MOST_BANDS, Reading, ResizePolicy, is_bands

HeadChoice = Literal["auto", "majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"]
PrecisionChoice = Literal["auto", "fp32", "bf16"]
DeviceChoice = Literal["cpu", "cuda"]
SelectChoice = Literal["none", "std", "correlation", "mutual-info", "anova", "l1"]
BalanceChoice = Literal["none", "weights", "undersample", "oversample", "smote"]
FinetuneChoice = Literal["none", "last-block", "all", "auto"]
ScratchChoice = Literal["none", "food11", "residual"]

MAX_FOLDS = 100
MAX_SEED = 2**32 - 1
MAX_IMAGE_SIZE = 2048
MAX_EPOCHS = 10_000
_MOST = {"seed": MAX_SEED, "image_size": MAX_IMAGE_SIZE, "select_count": 2**31, "epochs": MAX_EPOCHS}
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
}
_C_RANGE = 1e-9, 1e9  # beyond, float32 has no numbers for the optimum


class Settings(TypedDict, total=False):
    """The fields of a `Recipe`, as keywords of `headway.fit`."""

    backbone: str
    weights: str
    image_size: int
    device: DeviceChoice
    resize: ResizePolicy
    bands: tuple[int, ...]
    value_range: str
    precision: PrecisionChoice
    features: str
    select: SelectChoice
    select_count: int
    balance: BalanceChoice
    head: HeadChoice
    C: tuple[float, ...]
    finetune: FinetuneChoice
    scratch: ScratchChoice
    augment: tuple[str, ...]
    tta: bool
    epochs: int
    learning_rate: float
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
        lists the best known), or the path of an ONNX or Keras file.
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
    precision : {"auto", "fp32", "bf16"}
        Arithmetic of the network; ``"auto"`` takes bf16 where the processor has it.
    features : str
        Pooled features of the last layer, ``"last"``, of several depths together, ``"depths"``, or whichever
        cross-validates better, ``"auto"``; the last map, flattened, ``"flat"``; or one layer or output by its name,
        such as ``"block4"``, which is its mean and its spread.
    select : {"none", "std", "correlation", "mutual-info", "anova", "l1"}
        Which features to leave out: those that hardly vary, that repeat another, or that say little about the class.
    select_count : int
        How many features to keep; 0 leaves it to the method.
    balance : {"none", "weights", "undersample", "oversample", "smote"}
        What to do about classes of unequal size, in training only.
    head : {"auto", "majority", "centroid", "logistic", "mlp", "svm", "dense100", "dense256"}
        The classifier on the features, or whichever cross-validates best.
    C : tuple of float
        Inverse strengths of the penalty to try, for logistic and svm heads; empty for the usual ones.
    finetune : {"none", "last-block", "all", "auto"}
        Which part of the backbone is trained, too.
    scratch : {"none", "food11", "residual"}
        A small network to train from random weights, instead of a backbone.
    augment : tuple of str
        Random changes of the training pictures of a network, for instance ``("rotate=40", "hflip")``.
    tta : bool
        Whether a trained network's features are averaged over mirrored views of a picture.
    epochs : int
        Most passes over the training pictures of a network; 0 takes the method's own.
    learning_rate : float
        Largest step of a network's training; 0 takes the method's own.
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
    precision: PrecisionChoice = "auto"
    features: str = "auto"
    select: SelectChoice = "none"
    select_count: int = 0
    balance: BalanceChoice = "none"
    head: HeadChoice = "auto"
    C: tuple[float, ...] = ()
    finetune: FinetuneChoice = "none"
    scratch: ScratchChoice = "none"
    augment: tuple[str, ...] = ()
    tta: bool = False
    epochs: int = 0
    learning_rate: float = 0.0
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
        self._check_values()
        self._check_together()
        # numpy's numbers are fine, but JSON does not know them.
        for name in ("image_size", "select_count", "epochs", "folds", "seed"):
            object.__setattr__(self, name, int(getattr(self, name)))
        for name in ("test_fraction", "learning_rate"):
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "C", tuple(float(C) for C in self.C))
        object.__setattr__(self, "augment", tuple(self.augment))
        object.__setattr__(self, "bands", tuple(int(band) for band in self.bands))
        if self.value_range != AUTO:
            object.__setattr__(self, "value_range", range_text(self.reading.value_range))

    def _check_values(self) -> None:
        """Refuse values of a wrong type or out of their range."""
        if not isinstance(self.backbone, str) or not self.backbone:
            raise FieldError(
                "backbone", f"the backbone must be the name of one, not {self.backbone!r}: see `headway backbones`"
            )
        if not isinstance(self.features, str) or not self.features:
            raise FieldError(
                "features",
                "{features} must be the name of some: auto, last, depths, flat, or a layer such as block4, "
                f"not {shortened(self.features)}",
            )
        if not isinstance(self.weights, str):
            raise FieldError("weights", f"weights must be a file or 'random', not {self.weights!r}")
        if not isinstance(self.tta, bool):
            raise FieldError("tta", f"tta must be true or false, not {self.tta!r}")
        fraction, folds, rate = self.test_fraction, self.folds, self.learning_rate
        if not isinstance(fraction, Real) or not 0 <= fraction < 1:  # NaN is not, either
            raise FieldError("test_fraction", f"the test fraction must be at least 0 and below 1, not {fraction!r}")
        if not _is_whole(folds):
            raise FieldError("folds", f"folds must be a whole number from 2 to {MAX_FOLDS}, not {folds!r}")
        if not 2 <= folds <= MAX_FOLDS:
            raise FieldError("folds", f"cross-validation needs at least 2 folds and at most {MAX_FOLDS}, not {folds!r}")
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not _is_whole(value) or not 0 <= value <= most:
                what = "the seed" if name == "seed" else name.replace("_", " ")
                raise FieldError(name, f"{what} must be a whole number from 0 to {most:,}, not {value!r}")
        if not isinstance(rate, Real) or not 0 <= rate <= 10:
            raise FieldError("learning_rate", f"the learning rate must lie between 0 and 10, not at {rate!r}")
        for name in ("C", "augment", "bands"):
            if not isinstance(getattr(self, name), tuple | list):
                raise FieldError(name, f"{name} must be a list, not {getattr(self, name)!r}")
        lowest, highest = _C_RANGE
        if not all(isinstance(C, Real) and lowest <= C <= highest for C in self.C):
            raise FieldError(
                "C", f"every C must be a number from {lowest:g} to {highest:g}, they are {shortened(self.C)}"
            )
        if not is_bands(self.bands):
            raise FieldError(
                "bands",
                f"{{bands}} must be one whole number for grey, or three for red, green and blue, from 1 to "
                f"{MOST_BANDS:,}, not {shortened(self.bands)}",
            )
        if self.value_range != AUTO and parse_range(self.value_range) is None:
            text = "" if isinstance(self.value_range, str) else "text: "
            raise FieldError(
                "value_range",
                f"{{value_range}} must be {text}auto, a number of bits ({', '.join(map(str, BITS))} or 16), or two "
                f"numbers, the lower first, such as '0,4095', not {shortened(self.value_range)}",
            )
        if not all(isinstance(change, str) for change in self.augment):
            raise FieldError("augment", f"augment must list changes such as 'rotate=40', it is {self.augment!r}")
        with blaming("augment"):
            changes.parse(self.augment)

    def _check_together(self) -> None:
        """Refuse values that contradict each other."""
        finetunes, scratch = self.finetune != "none", self.scratch != "none"
        trains, way = finetunes or scratch, "{finetune}" if finetunes else "{scratch}"
        has_plan = trains or self.head.startswith("dense")
        other_backbone = self.backbone != Recipe.__dataclass_fields__["backbone"].default
        with_way = f"cannot be combined with {way}"
        planless = "needs {finetune}, {scratch} or a dense head: no network is trained otherwise"
        contradictions = (
            (finetunes and scratch, "finetune", "cannot be combined with {scratch}, which trains a network of its own"),
            (scratch and other_backbone, "backbone", "cannot be combined with {scratch}, which has no backbone"),
            (scratch and self.weights != "", "weights",
             "cannot be combined with {scratch}, which begins at random ones"),
            (trains and self.select != "none", "select", f"{with_way}: a network that is trained chooses its features"),
            (trains and self.head not in ("auto", "logistic"), "head",
             f"{{value}} {with_way}: a network that is trained has its own head"),
            (trains and self.features not in ("auto", "last"), "features",
             f"{{value}} {with_way}: the head of a network that is trained reads the last layer"),
            (trains and self.balance not in ("none", "weights"), "balance",
             f"{{value}} {with_way}: a network that is trained can be balanced by weights only"),
            (not trains and bool(self.augment), "augment",
             "needs {finetune} or {scratch}: only networks that are trained see changed pictures"),
            (not trains and self.tta, "tta", "needs {finetune} or {scratch}: only networks that are trained use it"),
            (not has_plan and self.epochs > 0, "epochs", planless),
            (not has_plan and self.learning_rate > 0, "learning_rate", planless),
            (self.select_count > 0 and self.select == "none", "select_count",
             "needs {select}, which says by what: anova, std, …"),
            (bool(self.C) and self.head not in ("auto", "logistic", "svm"), "C",
             f"cannot be combined with {{head}} {self.head}, which has no penalty to set"),
        )  # fmt: skip
        for wrong, name, why in contradictions:
            if wrong:
                raise FieldError(name, f"{{{name}}} {why.replace('{value}', str(getattr(self, name)))}")

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
        """How pictures are read: their bands and values; where the training pictures are to decide, as formats say."""
        return Reading(self.bands, parse_range(self.value_range) or ())

    def with_reading(self, reading: Reading) -> Recipe:
        """Return the recipe with what was decided of the pictures, so that it holds for others, too.

        Examples
        --------
        >>> Recipe().with_reading(Reading(value_range=(0.0, 4095.0))).value_range
        '12'
        """
        decided = range_text(reading.value_range) if reading.value_range else self.value_range
        return replace(self, bands=reading.bands, value_range=decided)

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
    >>> error = FieldError("tta", "{tta} needs {scratch}")
    >>> str(error), str(error.calling({"tta": "--tta", "scratch": "--scratch"}))
    ('tta needs scratch', '--tta needs --scratch')
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


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


CHOICES: dict[str, tuple[str, ...]] = {
    "device": get_args(DeviceChoice),
    "resize": get_args(ResizePolicy),
    "precision": get_args(PrecisionChoice),
    "select": get_args(SelectChoice),
    "balance": get_args(BalanceChoice),
    "head": get_args(HeadChoice),
    "finetune": get_args(FinetuneChoice),
    "scratch": get_args(ScratchChoice),
}
