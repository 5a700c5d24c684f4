"""Model files: written whole or not at all; read with a bound on size, and trusted only once they are checked.

A file is the ONNX model followed by one more ``metadata_props`` entry, ``headway.sha256``, the digest of all bytes
before it. To ONNX readers that is an ordinary entry; to Headway it shows at once whether a byte was lost or changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.errors import ModelError

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, TensorProto

FORMAT = 1
MAX_BYTES = 1 << 30
MAX_METADATA_BYTES = 16 << 20
_DIGEST = "headway.sha256"

# What Headway's own graphs are made of. None of these runs code, loops, or makes large tensors out of small ones.
# fmt: off
OPERATORS = frozenset((
    "Add", "Cast", "Clip", "Concat", "Conv", "Div", "Gemm", "Identity", "Mul", "ReduceMean", "Relu", "Softmax", "Sqrt",
    "Sub", "Transpose",
))
# fmt: on


def encode(model: ModelProto, metadata: Mapping[str, Any]) -> bytes:
    """Return the bytes of a model file; the same model and metadata give the same bytes.

    Parameters
    ----------
    model : onnx.ModelProto
        The graph.
    metadata : mapping
        Plain values, kept as JSON under ``headway.KEY`` each.
    """
    import onnx

    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    for key, value in {"format": FORMAT, **metadata}.items():
        whole.metadata_props.add(key=f"headway.{key}", value=_json(value))
    body: bytes = whole.SerializeToString(deterministic=True)
    return body + _seal(body)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    # Names of files that are not UTF-8 hold lone surrogates, which protobuf takes only when escaped.
    return (
        text if text.isascii() or text.encode(errors="replace").decode() == text else json.dumps(value, sort_keys=True)
    )


def _seal(body: bytes) -> bytes:
    import onnx

    seal = onnx.ModelProto()
    seal.metadata_props.add(key=_DIGEST, value=hashlib.sha256(body).hexdigest())
    return bytes(seal.SerializeToString(deterministic=True))


def read(path: Path) -> bytes:
    """Read a file of at most `MAX_BYTES`.

    Raises
    ------
    ModelError
        When there is no such file, or it is too large.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ModelError(f"{path} is a folder; a model is a file that ends in .onnx")
        if size > MAX_BYTES:
            raise ModelError(f"{path} has {size:,} bytes; models of at most {MAX_BYTES:,} are read")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; `headway fit DATA -o {path.name}` makes one") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file, which in a Headway model name their producer."""
    with path.open("rb") as file:
        return file.read(64)


def decode(content: bytes, name: str) -> tuple[ModelProto, dict[str, Any]]:
    """Check a model file and take it apart.

    Parameters
    ----------
    content : bytes
        Of the whole file.
    name : str
        What to call it in messages.

    Returns
    -------
    model : onnx.ModelProto
    metadata : dict
        What was given to `encode`.

    Raises
    ------
    ModelError
        When it is no Headway model, is damaged, comes from a newer version, asks for external data, or holds operators
        that Headway's models are not made of.
    """
    import onnx
    from google.protobuf.message import DecodeError

    seal = len(_seal(b""))
    body = content[:-seal]
    intact = content[-seal:] == _seal(body)
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError:
        kind = "is a damaged Headway model: copy or fit it again" if b"headway" in content[:64] else "is no ONNX file"
        raise ModelError(f"{name} {kind}") from None
    entries = {entry.key: entry.value for entry in model.metadata_props}
    if not intact:
        if model.producer_name == "headway" or any(key.startswith("headway.") for key in entries):
            raise ModelError(f"{name} is damaged, or was changed after Headway saved it: copy or fit it again")
        what = "an ONNX model, but not one of Headway's" if model.graph.node else "no ONNX model"
        raise ModelError(f"{name} is {what}; `headway fit DATA -o MODEL` makes one")
    return model, _checked(model, entries, name)


def _checked(model: ModelProto, entries: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        if sum(map(len, entries.values())) > MAX_METADATA_BYTES:
            raise ModelError(f"{name} holds more than {MAX_METADATA_BYTES:,} bytes of metadata")
        metadata = {
            key.removeprefix("headway."): json.loads(value)
            for key, value in entries.items()
            if key.startswith("headway.") and key != _DIGEST
        }
        version = int(metadata.pop("format"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelError(f"{name} holds metadata that is not Headway's: fit it again") from None
    if version > FORMAT:
        raise ModelError(f"{name} was saved by a newer Headway (format {version}): pip install -U headway")
    if model.functions or any(entry.domain not in ("", "ai.onnx") for entry in model.opset_import):
        raise ModelError(f"{name} holds custom operators, which are not run")
    for tensor in _tensors(model.graph):
        if tensor.data_location != tensor.DEFAULT or tensor.external_data:
            raise ModelError(f"{name} asks for external data ({tensor.name}), which is not read")
    strange = sorted({node.op_type for node in model.graph.node if node.domain or node.op_type not in OPERATORS})
    if strange:
        raise ModelError(f"{name} holds operators that Headway's models are not made of: {', '.join(strange)[:200]}")
    return metadata


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield sparse.values
        yield sparse.indices
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
