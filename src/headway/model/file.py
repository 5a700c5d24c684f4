"""Model files: read with a bound on size, and only used once `trust` has checked them.

A file is the ONNX model followed by one more ``metadata_props`` entry, ``headway.sha256``, the digest of all bytes
before it. To ONNX readers that is an ordinary entry; to Headway it shows at once whether a byte was lost or changed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.backbones.bounds.reading import parse
from headway.errors import ModelError
from headway.facts.codec import plain
from headway.model import trust
from headway.places import regular_status

if TYPE_CHECKING:
    from onnx import ModelProto

    from headway.facts.fit import FitReport
    from headway.preparation import Vocabulary

FORMAT = 3
MAX_BYTES = (1 << 31) - 1  # protocol buffers hold no more; a ViT-L takes 1.2 GB at float32
MAX_METADATA_BYTES = 16 << 20
_MOST_DIGITS = 19
_DIGEST = "headway.sha256"
_HEAD = b"\x08\x08\x12\x07headway"  # the first two fields: IR version 8, producer "headway"


def encode(
    model: ModelProto,
    report: FitReport,
    learned_from: str = "",
    tested_on: str = "",
    vocabularies: Sequence[Vocabulary] = (),
) -> bytes:
    """Return the bytes of a model file; the same graph and facts give the same bytes.

    Parameters
    ----------
    model : onnx.ModelProto
        The graph.
    report : FitReport
        Each field becomes JSON under ``headway.FIELD``, all but times, rates, cache counts and paths.
    learned_from, tested_on : str
        From `headway.model.learned.pack`.
    vocabularies : sequence of Vocabulary
        Of visual words, where the graph begins behind hand-made descriptors.
    """
    import onnx

    metadata = {"format": FORMAT, **plain(report.to_publish()), "learned_from": learned_from, "tested_on": tested_on}
    if report.backbone.kind == "descriptor":
        from headway.model import descriptors

        metadata["vocabularies"] = descriptors.pack(vocabularies)
    complete = onnx.ModelProto()
    complete.CopyFrom(model)
    for key, value in metadata.items():
        complete.metadata_props.add(key=f"headway.{key}", value=_json(value))
    body: bytes = complete.SerializeToString(deterministic=True)
    return body + _seal(body)


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    # Names of files that are not UTF-8 hold lone surrogates, which protobuf takes only when escaped.
    return (
        text if text.isascii() or text.encode(errors="replace").decode() == text else json.dumps(value, sort_keys=True)
    )


def _parsed(text: str) -> Any:
    """Read JSON whose numbers are ones that a fit writes."""
    return json.loads(text, parse_int=_bounded, parse_float=_finite, parse_constant=_finite)


def _bounded(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number of too many digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _seal(body: bytes | memoryview) -> bytes:
    import onnx

    seal = onnx.ModelProto()
    seal.metadata_props.add(key=_DIGEST, value=hashlib.sha256(body).hexdigest())
    return bytes(seal.SerializeToString(deterministic=True))


def read(path: Path) -> bytes:
    """Read a file of at most `MAX_BYTES`; `ModelError` if that cannot be, as of a pipe, which would be waited for."""
    try:
        status = regular_status(path)
        if status.st_size > MAX_BYTES:
            raise ModelError(f"{path} has {status.st_size:,} bytes; models of at most {MAX_BYTES:,} are read")
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file; `headway fit DATA -o {path.name}` makes one") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def is_ours(path: Path) -> bool:
    """Return whether a file begins as those that Headway saves, be it damaged further on."""
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


def decode(content: bytes, name: str) -> tuple[ModelProto, dict[str, Any]]:
    """Check a model file and return what was given to `encode`; ``name`` is what messages call it.

    Raises
    ------
    ModelError
        When it is not a Headway model, is damaged, comes from another version, or is refused by `trust`.
    """
    seal = len(_seal(b""))
    body = memoryview(content)[:-seal]
    intact = content[-seal:] == _seal(body)
    try:
        model = parse(content)
    except ModelError as error:
        if not intact and content.startswith(_HEAD):
            raise ModelError(f"{name} is a damaged Headway model: copy or fit it again") from None
        raise ModelError(f"{name}: {error}") from None
    entries = {entry.key: entry.value for entry in model.metadata_props}
    if not intact:
        if model.producer_name == "headway" or any(key.startswith("headway.") for key in entries):
            raise ModelError(f"{name} is damaged, or was changed after Headway saved it: copy or fit it again")
        what = "an ONNX model, but not one of Headway's" if model.graph.node else "not an ONNX model"
        raise ModelError(f"{name} is {what}; `headway fit DATA -o MODEL` makes one")
    metadata = _metadata(model, entries, name)
    try:
        trust.check_graph(model)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    return model, metadata


def _metadata(model: ModelProto, entries: Mapping[str, str], name: str) -> dict[str, Any]:
    if sum(map(len, entries.values())) > MAX_METADATA_BYTES:
        raise ModelError(f"{name} holds more than {MAX_METADATA_BYTES:,} bytes of metadata")
    try:
        metadata = {
            key.removeprefix("headway."): _parsed(value)
            for key, value in entries.items()
            if key.startswith("headway.") and key != _DIGEST
        }
    except (ValueError, RecursionError):
        raise ModelError(f"{name} holds metadata that is not Headway's: fit it again") from None
    version = metadata.pop("format", None)
    if type(version) is not int or version < 1 or len(entries) < len(model.metadata_props):
        raise ModelError(f"{name} holds metadata that is not Headway's: fit it again")
    if version < FORMAT:
        raise ModelError(f"{name} was saved by an older Headway (format {version}): fit it again")
    if version > FORMAT:
        raise ModelError(f"{name} was saved by a newer Headway (format {version}): pip install -U headway")
    return metadata
