"""Networks of Keras, on its PyTorch backend: those of `keras.applications`, and files ending in ``.keras``.

Keras builds the network, with its own weights and its own preprocessing; what comes out is a PyTorch module that
:func:`headway.backbones.convert.export.export` exports like any other.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from headway.backbones.convert.network import first_line
from headway.backbones.convert.run import convert_module
from headway.backbones.provenance import IN_UNITS, Provenance
from headway.errors import DataError, UnknownNameError, UserError, blaming
from headway.facts.layers import Layer
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.backbones.info import BackboneInfo
    from headway.session import Session
    from headway.types import Scaling

UNSCALED = (0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)  # mean and std that leave colours from 0 to 255
_MOST_BYTES = 2 << 30


@dataclass(frozen=True)
class KerasNetwork:
    """A network of Keras, ready for export.

    Its PyTorch module takes float32 (N, 3, size, size), RGB from 0 to 255; it returns its last map, and from
    ``forward_intermediates`` the last map of each size, too. Its layers are those that Keras itself lists.
    """

    module: Any
    size: int
    title: str
    layers: tuple[Layer, ...] = ()


def convert_application(
    name: str, key: str, weights: str, image_size: int, scaling: Scaling, session: Session
) -> BackboneInfo:
    """Make a backbone called ``key`` of a network of `keras.applications`; see `load_application`."""
    network = load_application(name, session, weights=weights, image_size=image_size, scaling=scaling)
    how = {"": "", "random": " with random weights"}.get(weights, f" with weights of {Path(weights).name}")
    how += IN_UNITS[scaling]
    licence = {"": "see https://keras.io/api/applications", "random": "none: random weights"}.get(weights, "not known")
    return _convert(network, Provenance(key, network.title + how, f"keras:{name}{how}", licence), session)


def convert_file(path: Path, key: str, image_size: int, session: Session) -> BackboneInfo:
    """Make a backbone called ``key`` of a user's own model; see `load_file`."""
    network = load_file(path, image_size=image_size)
    return _convert(network, Provenance(key, network.title, path.name, "not known"), session)


def _convert(network: KerasNetwork, provenance: Provenance, session: Session) -> BackboneInfo:
    mean, std = UNSCALED
    return convert_module(
        network.module, provenance, session, size=network.size, mean=mean, std=std, layers=network.layers
    )


def import_keras() -> Any:
    """Import Keras on its PyTorch backend; raise UserError when this process already runs it on another one."""
    import_optional("torch", "keras")
    if "keras" not in sys.modules:
        # Keras reads it on import only; the user's own setting stays.
        with mock.patch.dict(os.environ, {"KERAS_BACKEND": "torch"}):
            keras = import_optional("keras", "keras")
    else:
        keras = sys.modules["keras"]
    if keras.backend.backend() != "torch":
        found = keras.backend.backend()
        raise UserError(f"Keras runs on {found} in this process, Headway needs it on PyTorch: set KERAS_BACKEND=torch")
    return keras


@contextlib.contextmanager
def _without_messages(keras: Any) -> Iterator[None]:
    """Keep what Keras says, of downloads for instance, from standard output, where results are."""
    before = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        if before:
            keras.config.enable_interactive_logging()


def load_application(
    name: str, session: Session, *, weights: str = "", image_size: int = 0, scaling: Scaling = "network"
) -> KerasNetwork:
    """Build a network of `keras.applications` without its classifier.

    ``weights`` is ``""`` for those of ImageNet, which Keras downloads and keeps; ``"random"``; or a ``.weights.h5`` or
    ``.h5`` file, with or without the classifier. ``image_size`` is 0 for the network's own; ``scaling`` "unit" takes
    colours from 0 to 1 in place of its own preprocessing.
    """
    keras = import_keras()
    known = _applications(keras)
    named = {each.lower(): each for each in known}
    if name.lower() not in named:
        raise UnknownNameError("network of keras.applications", name, known, list_all=False)
    name = named[name.lower()]
    build, preprocess = known[name]
    if scaling == "unit":
        preprocess = _to_unit
    with _channels_first(keras), _without_messages(keras):
        size = image_size or _own_size(build)
        if weights in ("", "random"):
            network = _build(build, name, size, None if weights else "imagenet", session)
        else:
            network = _build(build, name, size, None, session)
            _fill(network, build, size, Path(weights), name)
    module = _as_module(keras, network, preprocess, "channels_first")
    return KerasNetwork(module, size, f"{name} of Keras", _layers(network, "channels_first"))


def load_file(path: Path, *, image_size: int = 0) -> KerasNetwork:
    """Read a user's own model from a ``.keras`` file; no code in it is run.

    A model that is one of `keras.applications` gets that one's preprocessing. Any other is assumed to take RGB from 0
    to 255, and to preprocess in layers of its own, as Keras recommends. ``image_size`` is 0 for the file's own.
    """
    keras = import_keras()
    _check_file(path)
    if not zipfile.is_zipfile(path):  # Keras would report it as missing
        raise DataError(f"{path} is not a .keras file: it is empty, truncated or of another kind")
    try:
        with _without_messages(keras):
            network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises a dozen kinds for a file that it cannot read
        if "safe_mode" in str(error):  # Keras advises to run the code
            raise DataError(
                f"{path} holds code of its own, in a Lambda layer, which is not run: build it of Keras' other layers"
            ) from error
        raise DataError(f"Keras cannot read {path}: {first_line(error)}") from error
    shape = getattr(network, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise DataError(f"the model in {path} must take pictures of 3 channels, it takes {shape}")
    order = "channels_last" if shape[3] == 3 else "channels_first"
    height, width = (shape[1], shape[2]) if order == "channels_last" else (shape[2], shape[3])
    size = image_size or height or 224
    if (height, width) not in ((size, size), (None, None)):
        with blaming("image_size"):
            raise UserError(f"the model in {path} takes pictures of {height} x {width} pixels, not {size} x {size}")
    if height is None:
        network = _of_size(keras, network, (size, size, 3) if order == "channels_last" else (3, size, size), path)
    own = {each.lower(): preprocess for each, (_, preprocess) in _applications(keras).items()}
    preprocess = own.get(network.name.lower().replace("_", ""), lambda x, data_format: x)
    return KerasNetwork(_as_module(keras, network, preprocess, order), size, path.name, _layers(network, order))


def _of_size(keras: Any, network: Any, shape: tuple[int, ...], path: Path) -> Any:
    """Return the same model for pictures of one size, where its own is open."""
    try:
        sized = keras.models.clone_model(network, input_tensors=keras.Input(shape))
        sized.set_weights(network.get_weights())
    except Exception as error:  # of a dozen kinds, from layers that need more pixels
        with blaming("image_size"):
            raise UserError(
                f"the model in {path} cannot take pictures of {shape[1]} pixels: {first_line(error)}"
            ) from error
    return sized


def _to_unit(x: Any, data_format: str) -> Any:
    """Bring colours from 0…255 to 0…1."""
    return x / 255


def _applications(keras: Any) -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    """Return the constructor of each network of `keras.applications`, and its preprocessing."""
    found = {}
    for _, part in inspect.getmembers(keras.applications, inspect.ismodule):
        for name, build in inspect.getmembers(part, callable):
            if hasattr(keras.applications, name) and "include_top" in inspect.signature(build).parameters:
                found[name] = build, part.preprocess_input
    return dict(sorted(found.items()))


def _own_size(build: Callable[..., Any]) -> int:
    """Return the image size that a network of `keras.applications` was trained for."""
    network = build(weights=None, include_top=True)
    return int(network.input_shape[2])


def _build(build: Callable[..., Any], name: str, size: int, weights: str | None, session: Session) -> Any:
    try:
        with _announced_downloads(session):
            return build(weights=weights, include_top=False, input_shape=(3, size, size))
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"Keras cannot build {name} for pictures of {size} pixels: {first_line(error)}") from error
    except Exception as error:  # Keras raises a plain Exception when a download fails
        raise UserError(
            f"the weights of {name} could not be downloaded: {first_line(error)}; "
            "get them elsewhere and pass --weights FILE.h5"
        ) from error


@contextlib.contextmanager
def _announced_downloads(session: Session) -> Iterator[None]:
    """Report what Keras is about to download, or forbid it; no public part of Keras can do either."""
    from keras.src.utils import file_utils

    real = file_utils.get_file

    def get_file(fname: str, origin: str, **more: Any) -> Any:
        path = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / more.get("cache_subdir", "") / fname
        if not path.is_file():
            if session.offline:
                raise UserError(
                    f"{fname} is not on this machine, and --offline forbids to download it: put it at {path}, "
                    "or pass --weights FILE.h5"
                )
            session.progress.note(f"downloading {fname}{_size_of(origin)} from {origin}, to be kept at {path}")
            session.progress.start(f"downloading {fname}")
        return real(fname, origin, **more)

    with mock.patch.object(file_utils, "get_file", get_file):
        yield


def _size_of(origin: str) -> str:
    """Return the size of a download, as far as the server states it."""
    import urllib.request

    try:
        with urllib.request.urlopen(urllib.request.Request(origin, method="HEAD"), timeout=10) as answer:
            return f" ({int(answer.headers['Content-Length']) / 1e6:,.0f} MB)"
    except (OSError, TypeError, ValueError):
        return ""


def _fill(network: Any, build: Callable[..., Any], size: int, path: Path, name: str) -> None:
    """Load weights from a file, which may have a classifier that the network lacks."""
    _check_file(path)
    if _load(network, path) is None:
        return
    classifier = build(weights=None, include_top=True)
    if (wrong := _load(classifier, path)) is not None:
        raise DataError(f"the weights in {path} are not those of {name}: {wrong}")
    theirs = {layer.name: layer for layer in classifier.layers}
    for layer in network.layers:
        if layer.weights:
            layer.set_weights(theirs[layer.name].get_weights())


def _load(network: Any, path: Path) -> str | None:
    """Load weights; return what is wrong with them, if anything."""
    try:
        network.load_weights(path)
    except Exception as error:  # noqa: BLE001  # Keras raises a dozen kinds for a file that it cannot read
        return first_line(error)
    return None


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    if path.stat().st_size > _MOST_BYTES:
        raise UserError(f"{path} has {path.stat().st_size / 1e9:.1f} GB; files of at most 2 are read")


@contextlib.contextmanager
def _channels_first(keras: Any) -> Iterator[None]:
    """Build networks in the layout of PyTorch and ONNX, without a transposition at every layer."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)


def _as_module(keras: Any, network: Any, preprocess: Callable[..., Any], order: str) -> Any:
    """Return the PyTorch module of a `KerasNetwork`."""
    torch: Any = import_optional("torch", "keras")
    maps = _last_of_each_size(network, order)
    if not maps:
        raise DataError("a backbone must compute a map (N, h, w, C) somewhere, this model computes none")
    model = keras.Model(network.inputs, maps)

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward_intermediates(self, x: Any) -> tuple[Any, list[Any]]:
            x = x if order == "channels_first" else x.permute(0, 2, 3, 1)
            result = self.model(preprocess(x, data_format=order), training=False)
            found = list(result) if isinstance(result, list | tuple) else [result]
            if order == "channels_last":
                found = [each.permute(0, 3, 1, 2) for each in found]
            return found[-1], found

        def forward(self, x: Any) -> Any:
            return self.forward_intermediates(x)[0]

    return Network().eval()


def _last_of_each_size(network: Any, order: str) -> list[Any]:
    """Return the last output of a layer for each size of maps, the largest first."""
    last: dict[int, Any] = {}
    for layer in network.layers:
        output = getattr(layer, "output", None)
        if output is None or isinstance(output, list | tuple) or len(output.shape) != 4:
            continue
        height, width = output.shape[2:4] if order == "channels_first" else output.shape[1:3]
        if height == width and height is not None and not type(layer).__name__.startswith("ZeroPadding"):
            last[int(height)] = output
    smaller = [size for size in last if size < int(network.input_shape[2])]
    return [last[size] for size in sorted(smaller, reverse=True)]


def _layers(network: Any, order: str) -> tuple[Layer, ...]:
    """Return the layers as Keras lists them, maps as height, width, channels; 0 stands for a side that is open."""
    found = []
    for layer in network.layers:
        output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
        shape = tuple(int(side or 0) for side in output.shape[1:])
        if order == "channels_first" and len(shape) == 3:
            shape = (*shape[1:], shape[0])
        found.append(Layer(layer.name, type(layer).__name__, shape, int(layer.count_params())))
    return tuple(found)
