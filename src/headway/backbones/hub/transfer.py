"""Answers and files of the hub: by HTTPS, no longer than announced, and what they are said to be.

Only the standard library is used. Proxies are those of the environment (``HTTPS_PROXY``, ``NO_PROXY``). ``HF_ENDPOINT``
names another server than huggingface.co, as it does for all programs that use the hub.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from headway._version import __version__
from headway.errors import DataError, OutputError, RunError, UserError
from headway.places import make_private

if TYPE_CHECKING:
    from headway.types import Progress

USUAL_ENDPOINT = "https://huggingface.co"
MOST_ANSWER = 16 << 20  # bytes of a repository's listing
PATIENCE = 30.0  # seconds without a byte
_CHUNK = 1 << 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TOO_MANY, _UNKNOWN, _FORBIDDEN = 429, (401, 404), 403


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository, as the hub lists it.

    Parameters
    ----------
    size : int
        Bytes.
    sha256 : str
        Of its content, where it is a large one; otherwise empty.
    blob : str
        Its name in git, which is a SHA-1 of its content.
    """

    size: int
    sha256: str
    blob: str

    @property
    def digest(self) -> str:
        """Which content it is, and by which measure."""
        return f"sha256 {self.sha256}" if self.sha256 else f"git blob {self.blob}"

    def check(self, path: Path) -> str:
        """Return how the content of a file differs; empty where it is this one."""
        size = path.stat().st_size
        if size != self.size:
            return f"it has {size:,} bytes, and must have {self.size:,}"
        with path.open("rb") as file:
            if self.sha256:
                found, wanted = hashlib.file_digest(file, "sha256").hexdigest(), self.sha256
            else:
                digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
                digest.update(file.read())
                found, wanted = digest.hexdigest(), self.blob
        return "" if found == wanted else f"its digest is {found[:12]}…, and must be {wanted[:12]}…"


def endpoint() -> str:
    """Return the address of the hub; `UserError` where ``HF_ENDPOINT`` is not one that may be asked."""
    address = os.environ.get("HF_ENDPOINT", "").rstrip("/") or USUAL_ENDPOINT
    if not _may_ask(address):
        raise UserError(f"HF_ENDPOINT must begin with https://, except for this machine; it is {address!r}")
    return address


def _may_ask(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


class _Redirects(HTTPRedirectHandler):
    """Follows the hub to where it keeps files, but to no address without encryption."""

    max_redirections = 5

    def redirect_request(self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not _may_ask(newurl):
            fp.close()
            raise URLError(f"it leads to {newurl[:100]!a}, which is not https://")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, what: str, headers: dict[str, str] | None = None) -> Any:
    """Ask the hub; the answer is a context manager. Raises `UserError` or `RunError`, in one line."""
    request = Request(url, headers={"User-Agent": f"headway/{__version__}", **(headers or {})})
    try:
        return build_opener(_Redirects()).open(request, timeout=PATIENCE)
    except HTTPError as error:
        with error:
            raise _refusal(error, what) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RunError(_unreachable(url, what, error)) from error


def _refusal(error: HTTPError, what: str) -> UserError | RunError:
    """Put into words why the hub does not give something."""
    reason = error.headers.get("X-Error-Code", "")
    if error.code == _TOO_MANY:
        wait = error.headers.get("Retry-After", "")
        after = f"in {wait} s" if wait.isdecimal() else "later"
        return RunError(f"the hub answers too many requests from here (429), so {what} is not had: try again {after}")
    if reason == "GatedRepo" or error.code == _FORBIDDEN:
        return UserError(
            f"{what} is given only to accounts that were let in, and Headway has none: download the ONNX file by hand, "
            "and name it in place of hf:…"
        )
    if reason == "RevisionNotFound":
        return UserError(f"there is no such revision of {what} on the hub")
    if reason == "EntryNotFound":
        return UserError(f"there is no {what} on the hub")
    if reason == "RepoNotFound" or error.code in _UNKNOWN:
        return UserError(f"the hub has no {what}, or it is private: are OWNER and REPO spelled as on its page?")
    return RunError(f"the hub does not give {what}: it answers {error.code} {printable_reason(error)}; try again later")


def printable_reason(error: HTTPError) -> str:
    """Return what a server says beside its number, harmless to a terminal."""
    return ascii(str(error.reason)[:80])


def _unreachable(url: str, what: str, error: Exception) -> str:
    why = error.reason if isinstance(error, URLError) else error
    if isinstance(why, ssl.SSLError):
        why = f"its certificate is not accepted: {why.reason or why}"
    host = urlsplit(url).hostname
    text = " ".join(str(why or type(error).__name__).split())[:200]
    return f"{what} cannot be had from {host}: {text}. Is this machine online, is a proxy needed (HTTPS_PROXY)?"


def read_json(url: str, what: str) -> Any:
    """Return what the hub answers in JSON."""
    with _open(url, what, {"Accept": "application/json"}) as answer:
        try:
            content = answer.read(MOST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise RunError(_unreachable(url, what, error)) from error
    if len(content) > MOST_ANSWER:
        raise RunError(f"the hub's answer on {what} has more than {MOST_ANSWER >> 20} MiB, which no repository needs")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise RunError(
            f"the answer on {what} is not the hub's: it is no JSON; is a proxy or a login page in between?"
        ) from None


def download(url: str, path: Path, file: RemoteFile, what: str, progress: Progress) -> None:
    """Download a file to a place where it appears whole, with the announced content, or not at all.

    What an interrupted download left is continued. Raises `RunError` where the connection fails, and `DataError` where
    the content is another one.
    """
    draft = path.with_name(f"{path.name}.part")
    megabytes = file.size >> 20
    progress.start(f"downloading {what}", megabytes or None)
    try:
        make_private(path.parent)
        _append(url, draft, file, what, progress)
        if difference := file.check(draft):
            draft.unlink()
            raise DataError(
                f"what came for {what} is not what the hub lists ({difference}), and is not kept: try again"
            )
        draft.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}; name another cache with --cache") from error


def _append(url: str, draft: Path, file: RemoteFile, what: str, progress: Progress) -> None:
    """Add what is missing of a file."""
    there = draft.stat().st_size if draft.is_file() else 0
    if there >= file.size:
        there = 0
    with _open(url, what, {"Range": f"bytes={there}-"} if there else None) as answer:
        goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        there = there if goes_on else 0
        progress.advance(there >> 20)
        if answer.headers.get_content_type() == "text/html":
            raise RunError(f"a web page came in place of {what}: is a proxy or a login page in between?")
        with draft.open("ab" if goes_on else "wb") as target:
            while there <= file.size:
                try:
                    chunk = answer.read(_CHUNK)
                except (OSError, http.client.HTTPException) as error:
                    raise RunError(_unreachable(url, what, error)) from error
                if not chunk:
                    break
                target.write(chunk)
                progress.advance(((there + len(chunk)) >> 20) - (there >> 20))
                there += len(chunk)
    if there < file.size:
        raise RunError(
            f"the download of {what} ended after {there:,} of {file.size:,} bytes: run this again, and it goes on there"
        )
