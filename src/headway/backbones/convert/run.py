"""From a PyTorch network to a backbone in the cache: export, check, describe, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.backbones import converted
from headway.backbones.convert.check import Comparison, Difference, compare_on_pictures, differences
from headway.backbones.convert.export import export
from headway.backbones.convert.reading import outputs_of
from headway.backbones.info import BackboneInfo
from headway.backbones.provenance import Provenance, describe
from headway.errors import RunError, UserError
from headway.optional import import_optional

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.facts.layers import Layer
    from headway.session import Session
    from headway.types import Progress

TOLERANCE = 1e-3  # of the relative difference to PyTorch; measured: at most 1e-5 (docs/adr/0010-any-backbone.md)


def convert_module(
    module: Any,
    provenance: Provenance,
    session: Session,
    *,
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    layers: tuple[Layer, ...] = (),
) -> BackboneInfo:
    """Convert a PyTorch network, check the result on real images, and save it in the cache.

    ``module``, ``size``, ``mean`` and ``std`` are those of `export`, which raises UserError where it cannot. It is also
    raised when the network gives the same for all images, and RunError when the result does not compute what PyTorch
    computes; then nothing is saved. ``layers`` are those of the library that built the network, where it counts them.
    """
    session.progress.start(f"converting {provenance.name} to ONNX")
    model = export(module, size=size, mean=mean, std=std)
    info = describe(model, provenance)
    if layers:
        info = replace(info, layers=layers, parameters=sum(layer.parameters for layer in layers))
    _check(model, module, info, mean, std, session.progress)
    return converted.save(model, info, session.cache)


def _check(
    model: ModelProto,
    module: Any,
    info: BackboneInfo,
    mean: Sequence[float],
    std: Sequence[float],
    progress: Progress,
) -> None:
    torch = import_optional("torch", "torch")
    read = outputs_of(module, info.input_size)
    centre, spread = (torch.tensor(values, dtype=torch.float32).reshape(1, 3, 1, 1) for values in (mean, std))

    def truth(images: Any) -> dict[str, Any]:
        with torch.inference_mode():
            x = torch.from_numpy(images).float().permute(0, 3, 1, 2) / 255
            return {name: value.numpy() for name, value in read((x - centre) / spread).items()}

    content = model.SerializeToString()
    compared = _compare(content, info, truth, progress)
    worst = max(difference.relative for difference in compared.differences.values())
    if compared.differences["head.mean"].spread == 0:
        raise UserError(f"{info.source} gives the same for different pictures: are its weights all zero? Give others")
    progress.note(
        f"{info.name}: checked against PyTorch on {compared.count} pictures, largest difference {worst:.0e} of the norm"
    )


def _compare(
    content: bytes, info: BackboneInfo, truth: Callable[[Any], dict[str, Any]], progress: Progress
) -> Comparison:
    """Compare the converted network with PyTorch's; RunError where it does not compute the same.

    Three times in some hundred runs, always with the same network, a comparison failed and the next one, of the same
    bytes, did not (docs/adr/0010-any-backbone.md). What fails once is not the file: it is kept, with a warning, where
    two more comparisons find nothing.
    """

    def compared() -> Comparison:
        return compare_on_pictures(content, [*info.dims], info.input_size, truth)

    first = compared()
    off = _disagreement(first.differences)
    if not off:
        return first
    others = compared(), compared()
    if again := next(filter(None, (_disagreement(other.differences) for other in others)), ""):
        raise RunError(
            f"{info.name} converted to ONNX does not compute what it computes in PyTorch ({off}; compared once more, "
            f"{again}), and is not kept: please report it"
        )
    last = others[-1]
    changed = [
        f"{engine} ({moved})"
        for engine, one, other in (("OpenVINO", first.ours, last.ours), ("PyTorch", first.theirs, last.theirs))
        if (moved := _disagreement(differences(one, other)))
    ]
    progress.warn(
        f"{info.name}: a first comparison with PyTorch failed, and two more did not; what changed were the results of "
        f"{' and '.join(changed) or 'both, each by less than is tolerated'}: please report it"
    )
    return last


def _disagreement(differences: Mapping[str, Difference]) -> str:
    """Say which outputs differ, the worst first; an empty text where none does."""
    # Written so that what is not a number differs, too.
    off = {name: one for name, one in differences.items() if not one.relative <= TOLERANCE}
    worst = sorted(off, key=lambda name: -np.nan_to_num(off[name].relative, nan=np.inf))
    some = ", ".join(f"{name} by {off[name].relative:.3g} of its norm" for name in worst[:3])
    return some and f"{len(off)} of {len(differences)} outputs differ: {some}"
