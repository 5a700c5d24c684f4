"""Export of a PyTorch network to ONNX, by PyTorch's own exporter and then in plain operators."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from headway.backbones.convert.network import first_line
from headway.backbones.convert.reading import outputs_of
from headway.backbones.convert.simplify import simplify
from headway.errors import UserError
from headway.optional import import_optional

OPSET = 18
MOST_BYTES = 1_900_000_000  # ONNX files end at 2 GiB, with the graph


def export(module: Any, *, size: int, mean: Sequence[float], std: Sequence[float]) -> Any:
    """Export a network, or raise UserError where that fails or an ONNX file cannot hold it.

    ``module`` takes (x / 255 - mean) / std of red, green and blue from 0 to 255, float32 (N, 3, size, size). The
    result, an onnx.ModelProto, goes from ``images`` uint8 (N, size, size, 3) to the outputs of
    :mod:`headway.backbones.info`, in operators of opset 18 whose shapes do not depend on values. It is the same for the
    same network and versions of torch and onnxscript.
    """
    torch = import_optional("torch", "torch")
    import_optional("onnxscript", "torch")
    count = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    if count > MOST_BYTES:
        raise UserError(f"an ONNX file holds up to 2 GB, and the network has {count / 1e9:.1f} GB of weights")
    try:
        with _quiet(), _unfused_attention(module.eval()), torch.no_grad():
            wrapped = _with_normalisation(module, size, mean, std)
            names = list(wrapped.read(torch.zeros(1, 3, size, size)))
            program = torch.onnx.export(
                wrapped,
                (torch.zeros(2, size, size, 3, dtype=torch.uint8),),
                dynamo=True,
                opset_version=OPSET,
                dynamic_shapes=({0: torch.export.Dim("N")},),
                input_names=["images"],
                output_names=names,
                optimize=True,
                verbose=False,
            )
    except UserError:
        raise
    except Exception as error:  # dozens of kinds, from several packages
        raise UserError(f"PyTorch cannot export this network to ONNX: {first_line(error)}") from error
    model = program.model_proto
    if any(value.type.tensor_type.shape.dim[0].dim_param != "N" for value in model.graph.output):
        raise UserError(
            "the network must take any number of pictures, but its code fixes it, for instance by len(x) or "
            "int(x.shape[0]): let it use x.shape[0]"
        )
    return simplify(model)


def _with_normalisation(module: Any, size: int, mean: Sequence[float], std: Sequence[float]) -> Any:
    """Return a module from images uint8 to a backbone's outputs: normalisation, network, pooling."""
    torch = import_optional("torch", "torch")

    class Wrapped(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.network = module
            self.read = outputs_of(module, size)
            self.register_buffer("centre", 255 * torch.tensor(mean, dtype=torch.float64).reshape(1, 3, 1, 1).float())
            self.register_buffer(
                "scale", (1 / (255 * torch.tensor(std, dtype=torch.float64))).reshape(1, 3, 1, 1).float()
            )

        def forward(self, images: Any) -> tuple[Any, ...]:
            # Contiguous, as some layers are otherwise exported with the strides of this image.
            x = images.to(torch.float32).permute(0, 3, 1, 2).contiguous()
            return tuple(self.read((x - self.centre) * self.scale).values())

    return Wrapped().eval()


@contextlib.contextmanager
def _unfused_attention(module: Any) -> Iterator[None]:
    """Let timm compute attention by a product, a softmax and a product, not by PyTorch's one operator for all."""
    fused = [part for part in module.modules() if getattr(part, "fused_attn", None) is True]
    for part in fused:
        part.fused_attn = False
    try:
        yield
    finally:
        for part in fused:
            part.fused_attn = True


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's output, which is for its own developers, away from the user."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
