"""How a repository prepares pictures for its network, from ``preprocessor_config.json`` or timm's ``config.json``.

Colours are taken over into the graph. How a picture becomes a square is Headway's own for all networks (``--resize``),
so of a repository's sizes only the last one counts, which is that of the network's input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headway.backbones.bounds.values import MAX_INPUT_SIZE
from headway.backbones.foreign.colours import Colours, Triple, triple
from headway.errors import DataError

_KNOWN_STEPS = {
    *("do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb", "do_flip_channel_order"),
    *("do_convert_to_rgb", "do_pad", "do_reduce_labels"),
}
_OTHER_STEPS = ("rescale_offset", "include_top")  # of EfficientNet's processor: another shift, a second division
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
_LEVELS = 255.0


@dataclass(frozen=True)
class Preparation:
    """What a repository does to pictures.

    Parameters
    ----------
    colours : Colours
        How they are normalised.
    size : int
        Height and width of the network's pictures, in pixels; 0 where that is not said.
    geometry : str
        How the repository makes squares of pictures, in words; empty where that is not said.
    """

    colours: Colours
    size: int
    geometry: str


def read_preparation(configurations: Mapping[str, Mapping[str, Any] | None]) -> Preparation | None:
    """Return what the configurations of a repository, by their names, say; None where they say nothing.

    Raises `DataError` for what Headway cannot do, or what is malformed.

    Examples
    --------
    >>> said = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": 224, "resample": 3}
    >>> found = read_preparation({"preprocessor_config.json": said})
    >>> found.size, found.colours.mean, found.geometry
    (224, (0.5, 0.5, 0.5), 'both sides to 224, bicubic')
    """
    processor = configurations.get("processor_config.json") or {}
    nested = processor.get("image_processor")
    if (said := configurations.get("preprocessor_config.json")) is not None:
        return _Reader("preprocessor_config.json", said).read()
    if isinstance(nested, dict):
        return _Reader("processor_config.json", nested).read()
    network = configurations.get("config.json") or {}
    timm = network.get("pretrained_cfg", network)
    if isinstance(timm, dict) and {"mean", "std", "input_size"} <= set(timm):
        return _read_timm(timm)
    return None


def _read_timm(said: Mapping[str, Any]) -> Preparation:
    reader = _Reader("config.json", said)
    colours = Colours(reader.three("mean"), reader.three("std", above_zero=True), "of config.json")
    sides = said["input_size"]
    if not isinstance(sides, list) or len(sides) != 3 or sides[1] != sides[2]:
        raise reader.error("input_size", "[3, 224, 224] or another square")
    size = reader.side("input_size", sides[1])
    part = said.get("crop_pct")
    shorter = f"shorter side to {round(size / part)}, " if isinstance(part, float) and 0 < part < 1 else ""
    return Preparation(colours, size, f"{shorter}middle of {size} cut out, {said.get('interpolation', 'bilinear')}")


class _Reader:
    """Reads the configuration of an image processor of transformers, of any version."""

    def __init__(self, name: str, said: Mapping[str, Any]) -> None:
        self._name = name
        self._said = said

    def error(self, key: str, wanted: str) -> DataError:
        return DataError(
            f"{key} in {self._name} must be {wanted}, it is {str(self._said.get(key))[:60]!a}: download the ONNX file "
            "by hand, give it the metadata mean and std, and name it in place of hf:…"
        )

    def read(self) -> Preparation:
        for key, value in self._said.items():
            if value and (key in _OTHER_STEPS or (key.startswith("do_") and key not in _KNOWN_STEPS)):
                raise self.error(key, "false, as Headway has no such step")
        size, geometry = self._geometry()
        return Preparation(self._colours(), size, geometry)

    def _colours(self) -> Colours:
        levels = _LEVELS
        if not self._said.get("do_rescale", True):
            levels = 1.0
        elif (factor := self._said.get("rescale_factor")) is not None:
            if not isinstance(factor, int | float) or not 0 < factor <= 1:
                raise self.error("rescale_factor", "a number from 0 to 1")
            levels = _LEVELS if abs(factor * _LEVELS - 1) < 1e-6 else 1 / factor
        blue_first = bool(self._said.get("do_flip_channel_order", False))
        normalises = self._said.get("do_normalize", "image_mean" in self._said)
        mean: Triple = self.three("image_mean") if normalises else (0.0, 0.0, 0.0)
        std: Triple = self.three("image_std", above_zero=True) if normalises else (1.0, 1.0, 1.0)
        return Colours(mean, std, f"of {self._name}", levels, blue_first)

    def three(self, key: str, *, above_zero: bool = False) -> Triple:
        value = self._said.get(key)
        found = triple([value] * 3 if isinstance(value, int | float) else value)
        if found is None or (above_zero and min(found) <= 0):
            raise self.error(key, f"three numbers{' above 0' if above_zero else ''}")
        return found

    def side(self, key: str, value: object) -> int:
        if type(value) is not int or not 1 <= value <= MAX_INPUT_SIZE:
            raise self.error(key, f"a number of pixels from 1 to {MAX_INPUT_SIZE}")
        return value

    def _geometry(self) -> tuple[int, str]:
        """Return the side of the network's pictures, and how they come to it."""
        shorter, both = self._sides("size") if self._said.get("do_resize", True) else (0, 0)
        cut = max(self._sides("crop_size")) if self._said.get("do_center_crop", False) else 0
        part = self._said.get("crop_pct")
        if part is not None and shorter and not cut:
            # ConvNeXt's: from 384 pixels on, pictures are squeezed.
            if shorter >= 384:
                shorter, both = 0, shorter
            elif isinstance(part, int | float) and 0 < part <= 1:
                shorter, cut = int(shorter / part), shorter
            else:
                raise self.error("crop_pct", "a number from 0 to 1")
        steps = [f"both sides to {both}"] if both else [f"shorter side to {shorter}"] if shorter else []
        steps += [f"middle of {cut} cut out"] if cut else []
        resample = self._said.get("resample")
        steps += [_FILTERS[resample]] if steps and type(resample) is int and resample in _FILTERS else []
        return cut or both or shorter, ", ".join(steps)

    def _sides(self, key: str) -> tuple[int, int]:
        """Return the length of the shorter side, or of both, whichever is said; 0 for the other."""
        value = self._said.get(key)
        if value is None:
            return 0, 0
        if isinstance(value, dict):
            if "shortest_edge" in value:
                return self.side(key, value["shortest_edge"]), 0
            if "height" in value and value["height"] == value.get("width"):
                return 0, self.side(key, value["height"])
            raise self.error(key, "a square, or a shortest_edge")
        # Of old files a number alone: the shorter side where the middle is cut out, otherwise both.
        is_shorter = key == "size" and (self._said.get("do_center_crop", False) or "crop_pct" in self._said)
        side = self.side(key, value)
        return (side, 0) if is_shorter else (0, side)
