"""What the hub says of a repository: its commit, its licence, its files with their digests.

The first answer is kept, and is the lock: from then on that commit's files are used, whose content must be the listed
one, and the hub is asked no more. Whoever deletes ``hub/OWNER--REPO/REVISION.json`` in the cache takes what is there
now.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from headway.backbones.hub.address import Address
from headway.backbones.hub.transfer import RemoteFile, download, endpoint, read_json
from headway.errors import DataError, OutputError, RunError, UserError
from headway.places import make_private, regular_status, replacing

if TYPE_CHECKING:
    from headway.session import Session

FOLDER = "hub"  # of the cache
NOT_STATED = "not stated"
_CONFIGURATIONS = ("config.json", "preprocessor_config.json", "processor_config.json")
_MOST_LISTING = 1 << 20
_MOST_CONFIGURATION = 1 << 20
_YES = ("1", "on", "true", "yes")
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*/)*[A-Za-z0-9_][A-Za-z0-9._-]*")
_WEIGHTS = re.compile(r".*\.onnx(?:[._]data[A-Za-z0-9._-]*)?")


@dataclass(frozen=True)
class Repository:
    """A repository of the hub at one commit.

    Parameters
    ----------
    commit : str
        40 hexadecimal digits.
    licence : str
        As the model card's metadata state it.
    files : mapping of str to RemoteFile
        ONNX files, weights beside them and configurations, by their path.
    folder : Path
        Where its files are kept.
    """

    commit: str
    licence: str
    files: Mapping[str, RemoteFile]
    folder: Path

    @classmethod
    def find(cls, address: Address, session: Session) -> Repository:
        """Return what was locked for an address or, the first time, what the hub answers."""
        folder = session.cache / FOLDER / f"{address.owner}--{address.repository}"
        lock = folder / f"{quote(address.revision, safe='')}.json"
        found = _read_lock(lock)
        if found is None:
            check_online(str(address), session)
            found = _ask(address)
            _write_lock(lock, found)
        files = {path: RemoteFile(**entry) for path, entry in found["files"].items()}
        return cls(found["commit"], found["licence"], files, folder / found["commit"])

    def fetch(self, path: str, address: Address, session: Session) -> Path:
        """Return a file on this machine, downloaded if need be, with the content that the listing states."""
        place, file = self.folder / path, self.files[path]
        if place.is_file():
            if difference := file.check(place):
                raise DataError(f"{place} is damaged ({difference}): delete it, then try again")
            return place
        check_online(f"{address.path}:{path}", session)
        url = f"{endpoint()}/{address.path}/resolve/{self.commit}/{quote(path)}"
        download(url, place, file, f"{path} of {address.path}", session.progress)
        return place

    def configuration(self, name: str, address: Address, session: Session) -> dict[str, Any] | None:
        """Return a configuration of the repository; None where it has none of that name."""
        if name not in self.files:
            return None
        if self.files[name].size > _MOST_CONFIGURATION:
            raise DataError(f"{name} of {address.path} has more than 1 MiB, which no configuration needs")
        path = self.fetch(name, address, session)
        try:
            content = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise DataError(f"{name} of {address.path} must hold one JSON object, and does not")
        return content


def check_online(what: str, session: Session) -> None:
    """Refuse to download where that is forbidden."""
    if session.offline or os.environ.get("HF_HUB_OFFLINE", "").lower() in _YES:
        by = "--offline" if session.offline else "HF_HUB_OFFLINE"
        raise UserError(f"{what} is not on this machine, and {by} forbids to download it: run this once without")


def _ask(address: Address) -> dict[str, Any]:
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
    files = dict(filter(None, map(_listed, siblings if isinstance(siblings, list) else [])))
    return {
        "commit": commit,
        "licence": _licence(answer),
        "files": {path: asdict(file) for path, file in files.items()},
    }


def _listed(entry: Any) -> tuple[str, RemoteFile] | None:
    """Return the path of a file that may be needed, and what is known of it; None for any other."""
    if not isinstance(entry, dict) or not isinstance(entry.get("rfilename"), str):
        return None
    path, large = entry["rfilename"], entry.get("lfs")
    sha256 = large.get("sha256") if isinstance(large, dict) else None
    file: dict[str, Any] = {"size": entry.get("size"), "sha256": sha256 or "", "blob": entry.get("blobId") or ""}
    is_needed = path in _CONFIGURATIONS or _WEIGHTS.fullmatch(path)
    return (path, RemoteFile(**file)) if is_needed and _is_file(path, file) else None


def _is_file(path: str, entry: Mapping[str, Any]) -> bool:
    """Say whether a path leads into the repository, and size and digest are there and of their kind."""
    digests = entry["sha256"] or "0" * 64, entry["blob"] or "0" * 40
    return (
        _PATH.fullmatch(path) is not None
        and type(entry["size"]) is int
        and entry["size"] > 0
        and bool(entry["sha256"] or entry["blob"])
        and all(isinstance(digest, str) for digest in digests)
        and re.fullmatch(r"[0-9a-f]{64} [0-9a-f]{40}", " ".join(digests)) is not None
    )


def _licence(answer: Mapping[str, Any]) -> str:
    """Return the licence that the model card's metadata state."""
    card, tags = answer.get("cardData"), answer.get("tags")
    card = card if isinstance(card, dict) else {}
    stated = card.get("license_name") if card.get("license") == "other" else card.get("license")
    stated = stated or next((tag[8:] for tag in tags or () if isinstance(tag, str) and tag.startswith("license:")), "")
    words = [word for word in (stated if isinstance(stated, list) else [stated]) if isinstance(word, str) and word]
    return ascii(", ".join(words)[:80])[1:-1] or NOT_STATED


def _read_lock(lock: Path) -> dict[str, Any] | None:
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


def _write_lock(lock: Path, found: Mapping[str, Any]) -> None:
    try:
        make_private(lock.parent)
    except OSError as error:
        raise OutputError(f"{lock} cannot be written: {error.strerror}; name another cache with --cache") from error
    with replacing(lock, option="--cache") as file:
        file.write(json.dumps(found, indent=2, sort_keys=True).encode() + b"\n")
