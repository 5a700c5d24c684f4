"""The entries of a model's metadata that Headway reads."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from headway.errors import ModelError
from headway.images import FITS
from headway.model.trust.values import MAX_INPUT_SIZE, shown

# Those that are read; the rest is for people.
_METADATA: dict[str, Any] = {
    "classes": [str],
    "input": {"size": int, "resize": str},
    "backbone": {"name": str, "kind": str, "sha256": str, "features": [str], "precision": str},
    "head": {"kind": str},
    "data": {"majority": str, "learnt": str},
    "scores": {"test": {"accuracy": float}},
}


def check_metadata(metadata: Mapping[str, Any]) -> None:
    """Refuse metadata in which something that Headway reads is missing, of a wrong type or out of range.

    Raises
    ------
    ModelError
        With the entry that is wrong.
    """
    if wrong := _misfit(metadata, _METADATA, "headway"):
        raise ModelError(f"its metadata {wrong} is missing or of a wrong type")
    classes, size, resize = metadata["classes"], metadata["input"]["size"], metadata["input"]["resize"]
    precision, majority = metadata["backbone"]["precision"], metadata["data"]["majority"]
    if len(set(classes)) != len(classes) or "" in classes:
        raise ModelError("its class names are not different from each other, or one is empty")
    if not 1 <= size <= MAX_INPUT_SIZE:
        raise ModelError(f"its pictures of {str(size)[:20]} pixels are not within 1 to {MAX_INPUT_SIZE}")
    if resize not in FITS:
        raise ModelError(f"its resize policy {shown(resize)} is none of {', '.join(FITS)}")
    if precision not in ("fp32", "bf16"):
        raise ModelError(f"its precision {shown(precision)} is none of fp32, bf16")
    if metadata["backbone"]["kind"] not in ("network", "descriptor"):
        raise ModelError(f"its kind of backbone {shown(metadata['backbone']['kind'])} is none of network, descriptor")
    if majority not in classes:
        raise ModelError(f"its most frequent class {shown(majority)} is none of its classes")
    if not 0 <= metadata["scores"]["test"]["accuracy"] <= 1:
        raise ModelError("its test accuracy is not within 0 to 1")
    try:
        base64.b64decode(metadata["data"]["learnt"], validate=True)
    except ValueError:
        raise ModelError("its metadata headway.data.learnt is not base64") from None


def _misfit(value: Any, schema: Any, place: str) -> str | None:
    """Return the first place where a value is not as the schema says."""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            return place
        inner = (_misfit(value.get(key), kind, f"{place}.{key}") for key, kind in schema.items())
        return next(filter(None, inner), None)
    if isinstance(schema, list):
        fits = isinstance(value, list) and value and all(type(item) is schema[0] for item in value)
    else:
        fits = type(value) is schema  # not isinstance: True is no number here
    return None if fits else place
