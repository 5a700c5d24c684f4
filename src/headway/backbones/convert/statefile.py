"""Weights read from a file, and loaded into the network that they are for."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.backbones.convert.architecture import Architecture, build
from headway.errors import DataError
from headway.optional import import_optional
from headway.places import regular_status

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".tar")
_WRAPPERS = ("state_dict_ema", "model_ema", "state_dict", "model")  # under which training programs store them
_PREFIXES = ("module.", "_orig_mod.")  # prefixes of PyTorch's wrappers
_UNTRAINED = ("num_batches_tracked", "relative_position_index", "attn_mask")  # made anew with the network

State = dict[str, Any]


def read_state(path: Path) -> State:
    """Read tensors by name from a file of one of `SUFFIXES`, without executing any code in it.

    They may be within a training program's checkpoint. Raises DataError for a file that cannot be read so.
    """
    torch = import_optional("torch", "torch")
    try:
        regular_status(path)
    except OSError as error:
        raise DataError(f"the file of weights cannot be read: {path}: {error.strerror}") from error
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"weights must be a {', '.join(SUFFIXES[:-1])} file, {path} is not")
    try:
        if path.suffix.lower() == ".safetensors":
            import_optional("safetensors", "torch")
            from safetensors.torch import load_file

            content = load_file(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the message below says that a file holds code
                content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # both raise half a dozen kinds for a file they cannot read
        raise DataError(
            f"{path} holds no weights, is truncated, or holds code, which is not run: {_reason(error)}"
        ) from error
    return _unwrap(content, path)


def _reason(error: Exception) -> str:
    if isinstance(error, LookupError):  # its message is a key alone
        return "it is not as PyTorch writes weights"
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.split(". ")[0][:160]


def _unwrap(content: Any, path: Path) -> State:
    torch = import_optional("torch", "torch")
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    entries = content.items() if isinstance(content, Mapping) else ()
    tensors = {name: value for name, value in entries if isinstance(value, torch.Tensor)}
    if not tensors:
        raise DataError(f"{path} must hold tensors by name (a state dict), it holds none")
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    for name, value in tensors.items():
        if value.is_complex() or not bool(torch.isfinite(value).all()):
            raise DataError(f"{path} holds numbers in {name} that no network has: NaN, infinite or complex ones")
    return tensors


def fill(architecture: Architecture, state: State, image_size: int = 0, *, source: str = "the file") -> Any:
    """Build a network, load weights into it, and return it in evaluation mode.

    The weights have the network's own names, or those that timm can translate. The classifier may be missing, or that
    of other classes. Where they are another network's, a DataError names the first tensor that does not fit, and calls
    the weights ``source``.
    """
    module = build(architecture, image_size)
    own = module.state_dict()
    given = {name: tensor for name, tensor in state.items() if not name.startswith(architecture.heads)}
    given |= {name: own[name] for name in own if name.startswith(architecture.heads)}
    given |= {name: own[name] for name in own if name.endswith(_UNTRAINED) and name not in given}
    wrong = _first_misfit(given, own)
    if wrong is None:
        module.load_state_dict(given)
        return module.eval()
    translated = _translate(architecture, given, image_size) if architecture.library == "timm" else None
    if translated is None:
        raise DataError(f"{source} is not for {architecture.name}: {wrong}")
    return translated.eval()


def _first_misfit(given: State, wanted: State) -> str | None:
    """Return what is wrong with the first tensor that does not fit, in the order of the network."""
    for name, slot in wanted.items():
        if name not in given:
            return f"tensor {name} {tuple(slot.shape)} is missing"
        if given[name].shape != slot.shape:
            return f"tensor {name} must have shape {tuple(slot.shape)}, it has {tuple(given[name].shape)}"
    extra: Sequence[str] = [name for name in given if name not in wanted]
    return f"it has a tensor {extra[0]} {tuple(given[extra[0]].shape)}, which this network lacks" if extra else None


def _translate(architecture: Architecture, state: State, image_size: int) -> Any | None:
    """Let timm translate weights under other names, or for images of another size; None where it cannot."""
    timm = import_optional("timm", "torch")
    size = {"img_size": image_size} if image_size and architecture.resizes else {}
    # These weights only, from no other source.
    overlay = {"state_dict": state, "url": "", "hf_hub_id": "", "file": "", "custom_load": False, "source": ""}
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return timm.create_model(architecture.name, pretrained=True, pretrained_cfg_overlay=overlay, **size)
    except (RuntimeError, KeyError, ValueError, AttributeError, IndexError, TypeError, AssertionError):
        return None  # its filters expect the network's own tensors
