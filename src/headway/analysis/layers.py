"""A backbone or a model, layer by layer, and which of its layers are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway import backbones
from headway.backbones.layers import layers_of
from headway.errors import MissingExtraError, ModelError, UserError
from headway.facts.layers import Layer, LayersReport
from headway.model.outputs import EMBEDDING, PROBABILITIES
from headway.optional import check_installed

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo
    from headway.model import Model
    from headway.training.cuts import Cut


def backbone_layers(info: BackboneInfo, cache: str | Path | None = None) -> LayersReport:
    """Return the layers of a backbone up to its embedding; those are trained that ``--finetune last-block`` trains.

    Where PyTorch is not installed, nothing can be trained, and none of them is. Hand-made descriptors are one layer
    each. Networks that are joined are a `UserError`.

    Examples
    --------
    >>> report = backbone_layers(backbones.find("tiny"))
    >>> report.parameters, report.layers[-1].shape
    (5088, (32,))
    """
    if info.kind == "descriptor":
        side = info.input_size
        found = [Layer("images", "Input", (side, side, 3), 0)]
        found += [Layer(name, "Descriptor", (width,), 0) for name, width in info.dims.items()]
        return LayersReport.of(info.name, tuple(found), is_model=False)
    if info.parts:
        raise UserError(
            f"{info.name} are several networks, whose layers are shown one at a time: "
            f"headway backbones show {info.parts[0].name}"
        )
    import onnx

    content = backbones.read(info, cache)
    cut = _cut(content)
    if info.layers:
        rows, last = info.layers, _last_of_shape(info.layers, cut)
    else:
        rows, place_of = layers_of(onnx.load_model_from_string(content))
        last = None if cut is None else place_of.get(cut.tensor)
    return LayersReport.of(info.name, _after(rows, len(rows) if last is None else last), is_model=False)


def model_layers(model: Model) -> LayersReport:
    """Return the layers of a model, with its head; those are trained that its fit trained.

    Examples
    --------
    >>> import headway
    >>> report = model_layers(headway.fit(headway.demo.pictures(), backbone="tiny", head="logistic", features="last"))
    >>> report.parameters, report.trained  # a head of 32 features and 8 classes
    (5352, 264)
    """
    layers, place_of = layers_of(model.proto, [PROBABILITIES])
    training = model.report.training
    if training is None or training.part.endswith("head"):
        first = place_of.get(EMBEDDING, 0) + 1  # of raw pixels, nothing is before the head
    else:
        first = _first_of(layers, training.trained_parameters)
    return LayersReport.of(model.name, _after(layers, first - 1), is_model=True)


def _after(layers: Sequence[Layer], last_kept: int) -> tuple[Layer, ...]:
    """Return layers of which those after a place are trained."""
    return tuple(replace(layer, trained=place > last_kept) for place, layer in enumerate(layers))


def _cut(content: bytes) -> Cut | None:
    """Return where ``--finetune last-block`` cuts a network; None where it does not."""
    try:
        check_installed("torch", "torch")
        from headway.training.cuts import last_block

        return last_block(content)
    except (MissingExtraError, ModelError):  # or nothing comes after any of its blocks
        return None


def _last_of_shape(layers: Sequence[Layer], cut: Cut | None) -> int | None:
    """Return the place of the layer that gives what a network is cut at: the last one of its shape."""
    shape = cut and (*cut.shape[1:], cut.shape[0])  # the graph has channels first
    return max((place for place, layer in enumerate(layers) if layer.shape == shape), default=None)


def _first_of(layers: Sequence[Layer], parameters: int) -> int:
    """Return the place of the first of the last layers that have so many parameters."""
    place, left = len(layers), parameters
    while place and left > 0:
        place -= 1
        left -= layers[place].parameters
    return place
