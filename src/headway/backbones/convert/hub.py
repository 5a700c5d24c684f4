"""Pretrained weights from the Hugging Face hub, or from torchvision's server, each in its library's own cache.

What a library or a server says of a file's sha256 is checked. Beyond that, the first file of a name is locked
(`headway.backbones.convert.locked`): from then on it is downloaded at that revision, and must have that content.

Weights that another program downloaded are not downloaded again, and ``HF_HOME``, ``HF_ENDPOINT``, ``HF_HUB_OFFLINE``
and ``TORCH_HOME`` mean what they always mean.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.backbones.convert.architecture import Architecture, Pretrained
from headway.backbones.convert.locked import check_lock, find_lock
from headway.backbones.convert.network import first_line
from headway.backbones.converted import sha256_of
from headway.errors import DataError, UserError
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.session import Session

PATIENCE = 5.0  # seconds until a server must have answered


def fetch(architecture: Architecture, session: Session) -> Path:
    """Return the file of a network's pretrained weights, downloaded if need be and checked by its sha256.

    Raises UserError when there are none, or they are neither on this machine nor can be downloaded, and DataError when
    the file does not have the digest that the server states, or not the content that it had the first time.
    """
    pretrained = architecture.pretrained
    if pretrained is None:
        raise UserError(
            f"nobody publishes weights of {architecture}: give some with --weights FILE, or --weights random"
        )
    return (_from_hub if pretrained.repository else _from_url)(architecture, pretrained, session)


def _from_hub(architecture: Architecture, pretrained: Pretrained, session: Session) -> Path:
    hub = import_optional("huggingface_hub", "torch")
    repository, name = pretrained.repository, pretrained.filename
    address = f"{repository}/{name}"
    lock = find_lock(address, session.cache)
    revision = (lock.revision if lock else "") or "main"
    cached = hub.try_to_load_from_cache(repository, name, revision=revision)
    if isinstance(cached, str):
        path = Path(cached)
    else:
        where = f"https://huggingface.co/{repository}/resolve/{revision}/{name}"
        if session.offline or hub.constants.HF_HUB_OFFLINE:
            raise UserError(_absent(architecture, "on this machine", where, "--offline forbids to download them"))
        try:
            with _quiet(hub):
                about = hub.get_hf_file_metadata(hub.hf_hub_url(repository, name, revision=revision), timeout=PATIENCE)
                folder = hub.constants.HF_HUB_CACHE
                session.progress.note(_announcement(address, about.size, pretrained, folder))
                session.progress.start(f"downloading {name}")
                path = Path(hub.hf_hub_download(repository, name, revision=revision, etag_timeout=PATIENCE))
        except Exception as error:  # of three packages
            why = f"they cannot be downloaded ({first_line(error, 200)})"
            raise UserError(_absent(architecture, "on this machine", where, why)) from error
    # Large files are kept under their sha256.
    _check(path, path.resolve().name)
    check_lock(address, path, session.cache, revision=_revision(path))
    return path


def _revision(path: Path) -> str:
    """Return the commit in the path of a file of the hub's cache, …/snapshots/COMMIT/NAME; "" where there is none."""
    found = re.search(r"/snapshots/([0-9a-f]{40})/", path.as_posix())
    return found[1] if found else ""


def _from_url(architecture: Architecture, pretrained: Pretrained, session: Session) -> Path:
    torch = import_optional("torch", "torch")
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    path = folder / pretrained.url.rpartition("/")[2]
    digits = re.search(r"-([0-9a-f]{8,64})\.", path.name)
    if not path.is_file():
        if session.offline:
            why = "--offline forbids to download them"
            raise UserError(_absent(architecture, f"at {path}", pretrained.url, why))
        try:
            session.progress.note(_announcement(pretrained.url, _size(pretrained.url), pretrained, folder))
            session.progress.start(f"downloading {path.name}")
            folder.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(pretrained.url, os.fspath(path), digits and digits[1], progress=False)
        except Exception as error:  # of urllib and torch
            why = f"they cannot be downloaded ({first_line(error, 200)})"
            raise UserError(_absent(architecture, f"at {path}", pretrained.url, why)) from error
    _check(path, digits[1] if digits else "")
    check_lock(pretrained.url, path, session.cache)
    return path


def _size(url: str) -> int | None:
    """Ask the server for the size of a file, in bytes."""
    from urllib.request import Request, urlopen

    with urlopen(Request(url, method="HEAD"), timeout=PATIENCE) as answer:
        length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _announcement(name: str, size: int | None, pretrained: Pretrained, folder: Any) -> str:
    megabytes = f", {size / 1e6:.0f} MB" if size else ""
    return f"downloading {name}{megabytes}, licence {pretrained.licence or 'unknown'}; kept in {folder}"


def _absent(architecture: Architecture, place: str, where: str, why: str) -> str:
    return (
        f"the weights of {architecture} are not {place}, and {why}: download {where} elsewhere and pass it "
        "with --weights FILE, or try random ones with --weights random"
    )


def _check(path: Path, digits: str) -> None:
    """Check a file against the sha256, or its first digits, in its name."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        return
    digest = sha256_of(path)
    if not digest.startswith(digits):
        raise DataError(
            f"{path} is damaged: its sha256 must begin with {digits[:12]}, it is {digest[:12]}…; "
            "delete it, then try again"
        )


@contextlib.contextmanager
def _quiet(hub: Any) -> Iterator[None]:
    """Keep the hub's own bars, logs and warnings off the terminal, where Headway reports progress."""
    import warnings

    log, bars = logging.getLogger(hub.__name__), not hub.utils.are_progress_bars_disabled()
    level = log.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.setLevel(logging.CRITICAL)
        hub.utils.disable_progress_bars()
        try:
            yield
        finally:
            log.setLevel(level)
            if bars:
                hub.utils.enable_progress_bars()
