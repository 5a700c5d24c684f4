"""The PyTorch network of an EfficientNet-Lite."""

from __future__ import annotations

import io
from typing import Any

from headway.backbones.convert.network import import_timm
from headway.backbones.info import BackboneInfo
from headway.errors import DataError
from headway.optional import import_optional


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
