"""Pretrained weights from the Hugging Face hub, or from torchvision's server, each in its library's own cache.

So whoever has them already for another program does not fetch them again, and ``HF_HOME``, ``HF_ENDPOINT``,
``HF_HUB_OFFLINE`` and ``TORCH_HOME`` mean what they always mean.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.backbones.convert.architecture import Architecture, Pretrained
from headway.errors import DataError, UserError
from headway.optional import import_optional

if TYPE_CHECKING:
    from headway.types import Progress

PATIENCE = 5.0  # seconds until a server must have answered


def fetch(architecture: Architecture, *, offline: bool, progress: Progress) -> Path:
    """Return the file of a network's pretrained weights, downloaded if need be.

    Parameters
    ----------
    architecture : Architecture
        Which network.
    offline : bool
        Whether to fail rather than to download.
    progress : Progress
        Told what is downloaded, how much, under which licence, and where it is kept.

    Returns
    -------
    Path
        Checked by its sha256, where the server says it.

    Raises
    ------
    UserError
        When there are none, or they are not here and cannot be downloaded; says what would help.
    DataError
        When the file is not what the server said.
    """
    pretrained = architecture.pretrained
    if pretrained is None:
        raise UserError(
            f"nobody publishes weights of {architecture}: give some with --weights FILE, or --weights random"
        )
    return (_from_hub if pretrained.repository else _from_url)(architecture, pretrained, offline, progress)


def _from_hub(architecture: Architecture, pretrained: Pretrained, offline: bool, progress: Progress) -> Path:
    hub = import_optional("huggingface_hub", "torch")
    repository, name = pretrained.repository, pretrained.filename
    kept = hub.try_to_load_from_cache(repository, name)
    if isinstance(kept, str):
        path = Path(kept)
    else:
        where = f"https://huggingface.co/{repository}/resolve/main/{name}"
        if offline or hub.constants.HF_HUB_OFFLINE:
            raise UserError(_absent(architecture, where, "it may not be downloaded (--offline)"))
        try:
            with _quiet(hub):
                about = hub.get_hf_file_metadata(hub.hf_hub_url(repository, name), timeout=PATIENCE)
                progress.note(_announced(f"{repository}/{name}", about.size, pretrained, hub.constants.HF_HUB_CACHE))
                progress.start(f"downloading {name}")
                path = Path(hub.hf_hub_download(repository, name, etag_timeout=PATIENCE))
        except Exception as error:  # of three packages
            raise UserError(_absent(architecture, where, f"it cannot be downloaded ({_said(error)})")) from error
    # Large files are kept under their sha256.
    _check(path, path.resolve().name)
    return path


def _from_url(architecture: Architecture, pretrained: Pretrained, offline: bool, progress: Progress) -> Path:
    torch = import_optional("torch", "torch")
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    path = folder / pretrained.url.rpartition("/")[2]
    digits = re.search(r"-([0-9a-f]{8,64})\.", path.name)
    if not path.is_file():
        if offline:
            raise UserError(
                _absent(architecture, pretrained.url, f"it is not at {path}, and may not be downloaded (--offline)")
            )
        try:
            progress.note(_announced(pretrained.url, _size(pretrained.url), pretrained, folder))
            progress.start(f"downloading {path.name}")
            folder.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(pretrained.url, os.fspath(path), digits and digits[1], progress=False)
        except Exception as error:  # of urllib and torch
            raise UserError(
                _absent(architecture, pretrained.url, f"it is not at {path}, and cannot be downloaded ({_said(error)})")
            ) from error
    _check(path, digits[1] if digits else "")
    return path


def _size(url: str) -> int | None:
    """Ask how large a file is."""
    from urllib.request import Request, urlopen

    with urlopen(Request(url, method="HEAD"), timeout=PATIENCE) as answer:
        length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _announced(what: str, size: int | None, pretrained: Pretrained, folder: Any) -> str:
    much = f", {size / 1e6:.0f} MB" if size else ""
    licence = f", licence {pretrained.licence}" if pretrained.licence else ", licence unknown"
    return f"downloading {what}{much}{licence}; kept in {folder}"


def _absent(architecture: Architecture, where: str, why: str) -> str:
    return (
        f"the weights of {architecture} are not on this machine, and {why}: download {where} elsewhere and pass it "
        "with --weights FILE, or try random ones with --weights random"
    )


def _check(path: Path, digits: str) -> None:
    """Make sure that a file has the sha256, or its first digits, that its name says."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        return
    digest = sha256_of(path)
    if not digest.startswith(digits):
        raise DataError(
            f"{path} is damaged: its sha256 must begin with {digits[:12]}, it is {digest[:12]}…; "
            "delete it, then try again"
        )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


@contextlib.contextmanager
def _quiet(hub: Any) -> Iterator[None]:
    """Keep the hub's own bars, logs and warnings off the terminal, where Headway says what goes on."""
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
