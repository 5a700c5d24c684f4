"""Options that several commands share."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.errors import UnknownNameError, UserError
from headway.recipe import CHOICES, Recipe

if TYPE_CHECKING:
    from headway.dataset import Dataset
    from headway.dataset.options import ReadingOptions
    from headway.types import Progress


class GivenPath(click.Path):
    """A path that is not empty: an unset variable of the shell would mean this folder. An address stays as it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an empty path."""
        if value == "":
            self.fail("a path must not be empty", param, ctx)
        return value if isinstance(value, str) and "://" in value else super().convert(value, param, ctx)


PATH = GivenPath(path_type=Path)
PLACE = GivenPath(path_type=str)
"""A path or an address, as it was given: what ends in a slash is a folder."""
_DEFAULT = Recipe()
FEATURES = "auto|last|depths|flat|NAME"
"""What stands for the name of features."""
_COUNT = click.IntRange(min=1)  # in a recipe 0 stands for what the method or network has


def setting(name: str, metavar: str, help_text: str, **more: Any) -> Callable[..., Any]:
    """Return an option for a field of the recipe. Not given, it is None: the recipe's own value stays."""
    default = getattr(_DEFAULT, name)
    shown = f"  [default: {default}]" if default not in ("", 0, (), False) else ""
    flag = name if len(name) == 1 else name.replace("_", "-")
    option: Callable[..., Any] = click.option(f"--{flag}", name, metavar=metavar, help=help_text + shown, **more)
    return option


def choice(name: str, help_text: str, **more: Any) -> Callable[..., Any]:
    """Return an option for a choice of the recipe."""
    return setting(name, more.pop("metavar", "|".join(CHOICES[name])), help_text, callback=check_choice, **more)


def check_choice(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse what is not among the choices of a field; DATA itself, where it stands behind an option without one."""
    choices = CHOICES[str(param.name)]
    if value is None or value in choices:
        return value
    if Path(value).exists():
        call = f"`{ctx.command_path} {shlex.quote(value)} {param.opts[0]} {param.metavar}`"
        raise click.BadParameter(f"it is followed by one of {', '.join(choices)}, not by the data: {call}", ctx, param)
    raise UnknownNameError(str(param.name), value, choices)


def given_options(ctx: click.Context) -> list[str]:
    """Return the names of the options that were given, of those that are None otherwise."""
    return [name for name, value in ctx.params.items() if value not in (None, ())]


def commas(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Read a list with commas between."""
    parts = None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())
    if parts == ():
        raise click.BadParameter("it must name at least one", ctx, param)
    return parts


def numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    """Read numbers with commas between."""
    try:
        return None if value is None else tuple(float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of numbers such as 0.1,1,10", ctx, param) from None


def whole_numbers(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Read whole numbers with commas between."""
    try:
        return None if value is None else tuple(int(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of whole numbers such as 4,3,2", ctx, param) from None


def _all(options: Sequence[Callable[..., Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that gives a command several options, in their order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


takes_bands = setting(
    "bands",
    "N|N,N,N",
    "Which bands of a picture to read: one for grey, or those for red, green and blue.",
    callback=whole_numbers,
)
"""Gives a command the option of the bands."""

takes_value_range = setting(
    "value_range",
    "BITS|LOW,HIGH",
    "Of pictures with more than 8 bits, what is black and white: 8, 10, 12 or 14 bits, 16 for what the format says, or "
    "two values; auto asks the training pictures.",
)
"""Gives a command the option of the range of values."""

takes_network = _all(
    (
        setting(
            "backbone",
            "NAME|FILE",
            "A network, hf:OWNER/REPO of the hub, or hand-made descriptors: `headway backbones`.",
        ),
        setting("weights", "FILE|random", "Weights for it, in place of the pretrained ones."),
        setting("image_size", "PIXELS", "Side of the pictures, where the network allows.", type=_COUNT),
    )
)
"""Gives a command the options that say which network is read."""

takes_backbone = _all(
    (
        takes_network,
        choice("device", "Where networks run; cuda needs an NVIDIA GPU and 'headway[torch]'."),
        choice("resize", "How a picture becomes a square: middle cut out, sides squeezed, or white borders added."),
        takes_bands,
        takes_value_range,
        choice("precision", "Arithmetic of the network; auto takes bf16 where the processor supports it."),
        click.option("--offline", is_flag=True, help="Fail rather than download weights."),
    )
)
"""Gives a command the options of the backbone; those that are fields of the recipe are None where not given."""

trains_head = _all(
    (
        setting("features", FEATURES, "Of the last layer (last), of several depths (depths), the last map (flat), what "
                "cross-validates better of the first two (auto), or of one layer, such as block4."),
        choice("select", "Features to leave out: near-constant (std), redundant (correlation), or saying little about "
               "the class (mutual-info, anova, l1)."),
        setting("select_count", "N", "How many features to keep; otherwise the method decides.", type=_COUNT),
        choice("balance", "For classes of unequal size, in training: weigh pictures, leave some out, repeat some, or "
               "make up features (smote)."),
        choice("head", "The classifier: commonest class, nearest class mean, ridge, logistic regression, neural "
               "network, support vector machine, published networks (dense…), or what cross-validates best (auto)."),
        setting("C", "C,…", "Inverse strengths of the penalty to try, e.g. 0.1,1,10.", callback=numbers),
    )
)  # fmt: skip
"""Gives a command the options of the head and its features."""

trains_network = _all(
    (
        choice("finetune", "Which part of the backbone to train, too; auto measures whether that is better. "
               "Needs pip install 'headway[torch]'."),
        choice("scratch", "Train a small network from random weights instead: the published one, or one with residual "
               "connections.",
               metavar="[food11|residual]", is_flag=False, flag_value="food11"),
        setting("augment", "CHANGE,…", "Random changes of the training pictures, e.g. rotate=40,zoom,hflip.",
                callback=commas),
        click.option("--tta/--no-tta", default=None,
                     help="Average features over mirrored views; with --finetune auto only where it pays."),
        setting("epochs", "N", "Most epochs of a network's training; otherwise the method decides.", type=_COUNT),
        setting("learning_rate", "RATE", "Its largest learning rate; otherwise the method decides.",
                type=click.FloatRange(min=0, min_open=True)),
    )
)  # fmt: skip
"""Gives a command the options of training a network."""

splits_data = _all(
    (
        setting(
            "test_fraction",
            "FRACTION",
            "Fraction held back for the test, where the data has no test split; may be 0.",
            type=float,
        ),
        setting("folds", "N", "Folds of the cross-validation.", type=int),
        click.option(
            "--seed", type=int, metavar="N", help=f"The same seed, the same model.  [default: {_DEFAULT.seed}]"
        ),
    )
)
"""Gives a command the options of the splits."""


_ROLES = ("path", "label", "split", "group")
_READING = (
    *("label_pattern", "group_pattern", "class_names", *(f"{role}_column" for role in _ROLES)),
    *("images", "splits", "groups", "include", "exclude", "fixes"),
)
_says_how_to_read = _all(
    (
        click.option("--label-pattern", metavar="REGEX",
                     help=r"Labels are in file names: what the group matches, e.g. '^(\w+?)_'."),
        click.option("--group-pattern", metavar="REGEX",
                     help=r"What must not be split is in file names: what the group matches, e.g. '(patient\d+)_'."),
        click.option("--class-names", type=PATH, metavar="FILE", help="Names for numeric labels."),
        click.option("--path-column", metavar="NAME", help="Column of a table that holds the pictures' paths."),
        click.option("--label-column", metavar="NAME", help="Column of a table that holds the labels."),
        click.option("--split-column", metavar="NAME", help="Column of a table that says train, validation or test."),
        click.option("--group-column", metavar="NAME",
                     help="Column of a table with what must not be split, e.g. the patient."),
        click.option("--images", type=PATH, metavar="FOLDER",
                     help="Folder of the pictures that a table names, if it is not the table's own."),
        click.option("--no-splits", "splits", flag_value=False, default=None, type=bool,
                     help="Folders and columns name no splits, whatever they are called."),
        click.option("--no-groups", "groups", flag_value=False, default=None, type=bool,
                     help="Neither columns nor names of folders and files tell groups, nor times of photographs."),
        click.option("--include", metavar="GLOB", multiple=True,
                     help="Take only such files and folders, e.g. 'color/*'; may be repeated."),
        click.option("--exclude", metavar="GLOB", multiple=True,
                     help="Leave such files and folders out, e.g. '*_mask.png'; may be repeated."),
    )
)  # fmt: skip


def reads_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument DATA… and the options that say how labels are read; it gets ``read_data``, too.

    The command must be `cached`, for archives.
    """
    return reads_unfixed_data(_takes_fixes(command))


_takes_fixes = click.option(
    "--fixes",
    type=PATH,
    metavar="FILE",
    help="A list of pictures to drop, relabel or group, as `headway audit --fixes` writes it.",
)


def reads_unfixed_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Do the same as `reads_data`, without the option --fixes."""

    @click.argument("data", type=PATH, nargs=-1, required=True)
    @_says_how_to_read
    @functools.wraps(command)
    def wrapped(*args: Any, data: tuple[Path, ...], **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in _READING if name in kwargs}
        return command(*args, data=data, read_data=DataReader(data, given, kwargs["cache"]), **kwargs)

    return wrapped


@dataclass(frozen=True)
class DataReader:
    """Reads DATA as the command line says; ``otherwise`` says how where that does not."""

    data: tuple[Path, ...]
    given: Mapping[str, Any]
    cache: Path | None

    def __call__(self, progress: Progress, sources: Sequence[Path] | None = None, **otherwise: Any) -> Dataset:
        """Read several as one."""
        from headway.dataset.archives.archive import Unpacker
        from headway.dataset.reading import read_sources
        from headway.shards import check_address, is_feature_dataset

        for source in sources or self.data:
            if is_feature_dataset(source):
                raise UserError(f"{source} holds features, and pictures are read here: give their folder")
            check_address(source)
        return read_sources(sources or self.data, self.options(**otherwise), Unpacker(self.cache, progress))

    def options(self, **otherwise: Any) -> ReadingOptions:
        """Return how it is read."""
        return reading_options(otherwise, self.given)

    def features(self) -> Path | None:
        """Return DATA where it holds features, with labels and parts of their own: nothing says how to read these."""
        found = features_file(self.data)
        said = [name for name in _READING if self.given.get(name) not in (None, ())]
        if found is not None and said:
            option = f"--no-{said[0]}" if said[0] in ("splits", "groups") else f"--{said[0].replace('_', '-')}"
            raise UserError(
                f"{option} goes with pictures, and {found} holds features, with labels, parts and groups of their own: "
                f"`headway embed` takes {option}"
            )
        return found

    def feature_dataset(self, purpose: str) -> Path | None:
        """Do the same for a command that looks at pictures: a feature data set says where they are, a file does not."""
        from headway.shards import is_feature_dataset

        found = self.features()
        if found is not None and not is_feature_dataset(found):
            raise UserError(f"{found} holds features, and {purpose} needs the pictures: give their folder")
        return found


def reading_options(otherwise: Mapping[str, Any], given: Mapping[str, Any]) -> ReadingOptions:
    """Return how to read: as the command line says, ``given``, and otherwise as a recipe does."""
    from headway.dataset.options import Columns, ReadingOptions

    said = {name: given[name] for name in _READING if given.get(name) not in (None, ())}
    reading = {**otherwise, **said}
    columns = Columns(*(reading.pop(f"{role}_column", None) for role in _ROLES))
    return ReadingOptions(columns=columns, **reading)


def check_order(command: str, model: Path, others: Sequence[str | Path]) -> None:
    """Refuse what stands before the model, and show the right call."""
    from headway.images import SUFFIXES

    given = [str(other) for other in others if is_model(other)]
    if given and not is_model(model) and (model.suffix.lower() in SUFFIXES or model.exists()):
        rest = [str(other) for other in others if not is_model(other)]
        first = "the model comes first" if len(given) == 1 else "the models come first"
        raise UserError(f"{first}: headway {command} {shlex.join([*given, str(model), *rest])}")


def is_model(path: str | Path) -> bool:
    """Say whether a path looks like a model's, by its ending."""
    return str(path).lower().endswith(".onnx")


def features_file(data: tuple[Path, ...]) -> Path | None:
    """Return DATA where it is a single file of features, or a feature data set, as `headway embed` writes it."""
    from headway.shards import check_address, holds_features

    files = [path for path in data if holds_features(path)]
    for path in data:
        if path not in files:
            check_address(path)
    if files and len(data) > 1:
        raise UserError(f"{files[0]} holds features, which are read alone: give one such file, or pictures")
    return files[0] if files else None


max_bad = click.option(
    "--max-bad",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    metavar="FRACTION",
    help="Stop when more than this fraction of the pictures cannot be read.",
)
cached = click.option(
    "--cache",
    type=PATH,
    metavar="FOLDER",
    help="Where features are stored between runs; otherwise $HEADWAY_CACHE or the user's cache folder.",
)
predictions_option = click.option(
    "--predictions",
    type=PATH,
    metavar="FILE",
    help="A CSV or Parquet file to write: a row for each picture, with the probability of every class.",
)

split_from_option = click.option(
    "--split-from",
    type=PATH,
    metavar="MODEL|DATA",
    help="A model, or a folder or table with splits: pictures that are in there stay in their part.",
)

report_option = click.option(
    "--report", "page", type=PATH, metavar="FILE", help="An HTML file to write: the result as a page to show."
)
no_pictures_option = click.option(
    "--no-pictures", is_flag=True, help="Leave pictures and their names out of the report."
)


def check_page(page: Path | None) -> None:
    """Refuse a place for a report before the work is done."""
    if page is not None:
        from headway.reporting import check_report

        check_report(page)
