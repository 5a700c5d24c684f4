"""Which ONNX file of a repository is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from headway.backbones.foreign.untrusted import MOST_BYTES
from headway.backbones.hub.address import Address
from headway.backbones.hub.transfer import RemoteFile
from headway.errors import UserError

_STEMS = ("vision_model", "model")  # where there is the former, the latter reads texts, too
_PRECISIONS = ("", "_fp16")
_QUANTISED = ("_quantized", "_int8", "_uint8", "_q4", "_q4f16", "_q8", "_bnb4", "_merged")
_MOST_LISTED = 6


def choose(address: Address, files: Mapping[str, RemoteFile]) -> str:
    """Return the path of the ONNX file that an address means.

    Without a name these are tried, in ``onnx/`` before the repository's own folder: ``vision_model.onnx``,
    ``model.onnx``, and the same in float16 where those in float32 are too large; then the only file that is not
    quantised. Raises `UserError` where there is none, or several others.

    Examples
    --------
    >>> files = {f"onnx/{name}.onnx": RemoteFile(9, "", "") for name in ("model", "model_fp16", "model_q4")}
    >>> choose(Address("somebody", "network"), files)
    'onnx/model.onnx'
    """
    found = sorted(path for path in files if path.endswith(".onnx"))
    if address.file:
        if address.file not in files:
            raise UserError(f"{address.path} has no file {address.file} at {address.revision}; {_listed(found)}")
        return _within(address, address.file, files)
    if not found:
        raise UserError(
            f"{address.path} has no ONNX file: one of the same network may be in a repository of onnx-community or "
            "Xenova, or timm: may name it (pip install 'headway[torch]')"
        )
    for stem in _STEMS:
        there = [
            path
            for precision in _PRECISIONS
            for path in (f"onnx/{stem}{precision}.onnx", f"{stem}{precision}.onnx")
            if path in files
        ]
        if there:
            fitting = [path for path in there if _size(path, files) <= MOST_BYTES]
            return _within(address, (fitting or there)[0], files)
    whole = [path for path in found if not PurePosixPath(path).stem.endswith(_QUANTISED)]
    if len(whole) == 1:
        return _within(address, whole[0], files)
    raise UserError(f"{address.path} has several ONNX files: name one, as in {address}:{found[0]}; {_listed(found)}")


def parts_of(path: str, files: Mapping[str, RemoteFile]) -> list[str]:
    """Return the paths of an ONNX file and of the weights beside it.

    Examples
    --------
    >>> parts_of("model.onnx", {"model.onnx": RemoteFile(1, "", ""), "model.onnx_data": RemoteFile(9, "", "")})
    ['model.onnx', 'model.onnx_data']
    """
    return [path, *sorted(each for each in files if each.startswith((f"{path}_data", f"{path}.data")))]


def others(path: str, files: Mapping[str, RemoteFile]) -> str:
    """Say which other ONNX files there are; empty where there are none."""
    rest = sorted(each for each in files if each.endswith(".onnx") and each != path)
    return _listed(rest) if rest else ""


def _size(path: str, files: Mapping[str, RemoteFile]) -> int:
    return sum(files[part].size for part in parts_of(path, files))


def _within(address: Address, path: str, files: Mapping[str, RemoteFile]) -> str:
    size = _size(path, files)
    if size > MOST_BYTES:
        raise UserError(
            f"a backbone's file has at most 1 GiB, and {path} of {address.path} has {size / 2**30:.1f}: name a smaller "
            f"one, as in {address.path}:FILE; {others(path, files) or 'there is none'}"
        )
    return path


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_LISTED} more" if len(paths) > _MOST_LISTED else ""
    return f"there are {', '.join(paths[:_MOST_LISTED])}{more}" if paths else "there is no ONNX file"
