"""What the hub lists of a repository: asked, bounded at the door, kept and read again.

What is kept is shorter than 1 MiB by the bounds on what is taken: so many files, of paths so long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from headway.backbones.hub.address import MOST_PATH, Address
from headway.backbones.hub.shown import shown
from headway.backbones.hub.transfer import RemoteFile, endpoint, read_json
from headway.errors import DataError, RunError, UserError
from headway.places import regular_status, replacing

CONFIGURATIONS = ("preprocessor_config.json", "processor_config.json", "config.json")
NOT_STATED = "not stated"
_MOST_LISTING = 1 << 20
_MOST_FILES = 1000
_MOST_SIZE = 1 << 40  # bytes of a file
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*")
_WEIGHTS = re.compile(r".*\.onnx(?:[._]data[A-Za-z0-9._-]*)?")


def ask(address: Address) -> dict[str, Any]:
    """Ask the hub for a repository's commit, licence and files."""
    revision = quote(address.revision, safe="")
    what = address.path if address.revision == "main" else f"{address.path}@{address.revision}"
    answer = read_json(f"{endpoint()}/api/models/{address.path}/revision/{revision}?blobs=true", what)
    commit = answer.get("sha") if isinstance(answer, dict) else None
    if not isinstance(commit, str) or not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise RunError(f"the answer on {what} is not the hub's: it states no commit; is HF_ENDPOINT right?")
    if answer.get("gated"):
        raise UserError(
            f"{address.path} is given only to accounts that were let in, and Headway has none: download the ONNX file "
            "by hand, and name it in place of hf:…"
        )
    siblings = answer.get("siblings")
    files = dict(filter(None, (_listed(each, what) for each in (siblings if isinstance(siblings, list) else []))))
    if len(files) > _MOST_FILES:
        raise RunError(
            f"{what} has {len(files):,} ONNX files and weights beside them, and Headway takes a repository of at most "
            f"{_MOST_FILES:,}: download one by hand, and name it in place of hf:…"
        )
    return {
        "commit": commit,
        "licence": _licence(answer),
        "files": {path: asdict(file) for path, file in files.items()},
    }


def _listed(entry: Any, what: str) -> tuple[str, RemoteFile] | None:
    """Return the path of a file that may be needed, and what is known of it; None for any other."""
    if not isinstance(entry, dict) or not isinstance(entry.get("rfilename"), str):
        return None
    path, size, large = entry["rfilename"], entry.get("size"), entry.get("lfs")
    if not (path in CONFIGURATIONS or _WEIGHTS.fullmatch(path)):
        return None
    if size is not None and (type(size) is not int or not 0 <= size <= _MOST_SIZE):
        raise RunError(
            f"the answer on {what} is not the hub's: a file has at most 1 TiB, and {shown(path)} is said to have "
            f"{shown(size)} bytes"
        )
    sha256 = large.get("sha256") if isinstance(large, dict) else None
    file: dict[str, Any] = {"size": size, "sha256": sha256 or "", "blob": entry.get("blobId") or ""}
    return (path, RemoteFile(**file)) if _is_file(path, file) else None


def _is_file(path: str, entry: Mapping[str, Any]) -> bool:
    """Say whether a path leads into the repository, and size and digest are there and of their kind."""
    digests = entry["sha256"] or "0" * 64, entry["blob"] or "0" * 40
    return (
        len(path) <= MOST_PATH
        and _PATH.fullmatch(path) is not None
        and type(entry["size"]) is int
        and 0 < entry["size"] <= _MOST_SIZE
        and bool(entry["sha256"] or entry["blob"])
        and all(isinstance(digest, str) for digest in digests)
        and re.fullmatch(r"[0-9a-f]{64} [0-9a-f]{40}", " ".join(digests)) is not None
    )


def _licence(answer: Mapping[str, Any]) -> str:
    """Return the licence that the model card's metadata state."""
    card, tags = answer.get("cardData"), answer.get("tags")
    card, tags = card if isinstance(card, dict) else {}, tags if isinstance(tags, list) else []
    stated = card.get("license_name") if card.get("license") == "other" else card.get("license")
    stated = stated or next((tag[8:] for tag in tags if isinstance(tag, str) and tag.startswith("license:")), "")
    words = [word for word in (stated if isinstance(stated, list) else [stated]) if isinstance(word, str) and word]
    return shown(", ".join(words), 80) or NOT_STATED


def read(lock: Path) -> dict[str, Any] | None:
    """Return what was kept; None where nothing was. Raises `DataError` where it is malformed."""
    try:
        if regular_status(lock).st_size > _MOST_LISTING:
            raise ValueError("it is too long")
        found = json.loads(lock.read_bytes())
        if not re.fullmatch(r"[0-9a-f]{40}", found["commit"]) or not isinstance(found["licence"], str):
            raise ValueError("its commit or licence is malformed")
        if not all(
            set(entry) == {"size", "sha256", "blob"} and _is_file(path, entry) for path, entry in found["files"].items()
        ):
            raise ValueError("a file in it is malformed")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"{lock} must hold what the hub answered, and cannot be read ({why}): delete it, and the hub is asked anew"
        ) from error
    return dict(found)


def keep(lock: Path, found: Mapping[str, Any]) -> None:
    """Write what the hub answered."""
    with replacing(lock, option="--cache") as file:
        file.write(json.dumps(found, indent=2, sort_keys=True).encode() + b"\n")
