"""The PyTorch network of a backbone."""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any

from headway.backbones.catalogue import BackboneInfo
from headway.errors import DataError
from headway.optional import import_optional

_declared: list[Any] = []  # operators stay declared for as long as their Library object lives


def import_timm() -> Any:
    """Import timm, also beside a torchvision whose compiled operators do not fit the installed torch.

    Such a torchvision (a CUDA wheel beside a CPU-only torch) fails with "operator torchvision::nms does not exist".
    timm needs only its Python part, and declaring the schemas of the missing operators lets that import.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError
        When torch or timm is not installed.
    """
    torch = import_optional("torch", "torch")
    if "torchvision" not in sys.modules:
        try:
            importlib.import_module("torchvision")
        except ModuleNotFoundError:
            pass  # timm says it better
        except RuntimeError:
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            _declared.append(library)
    return import_optional("timm", "torch")


def load_network(info: BackboneInfo, weights: bytes) -> Any:
    """Build the PyTorch network of a backbone and fill it, tensor by tensor, in order.

    Parameters
    ----------
    info : BackboneInfo
        The backbone.
    weights : bytes
        Content of the ``.pth`` file; it is read without executing any code in it.

    Returns
    -------
    torch.nn.Module
        In evaluation mode. Its input is float (N, 3, H, W), already normalised.

    Raises
    ------
    DataError
        When the tensors are not those of the network.
    """
    timm = import_timm()
    torch = import_optional("torch", "torch")
    network = timm.create_model(f"tf_{info.name}", pretrained=False)
    try:
        given = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen kinds for a file it cannot read
        raise DataError(f"the weights of {info.name} must be a PyTorch state dict: {error}") from error
    wanted = network.state_dict()
    if len(given) != len(wanted):
        raise DataError(f"{info.name} has {len(wanted)} tensors, the file has {len(given)}: is it another network's?")
    for (theirs, tensor), (ours, slot) in zip(given.items(), wanted.items(), strict=True):
        if tensor.shape != slot.shape:
            raise DataError(
                f"{info.name}: tensor {ours} must have shape {tuple(slot.shape)}, the file has "
                f"{theirs} with shape {tuple(tensor.shape)} in its place: is it another network's?"
            )
    network.load_state_dict(dict(zip(wanted, given.values(), strict=True)))
    return network.eval()
