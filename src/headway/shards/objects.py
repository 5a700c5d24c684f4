"""A prefix of object storage as a place, by obstore: Amazon S3 and what speaks like it, Google Cloud, Azure, HTTP.

A put is atomic there and may be conditional (``If-None-Match``, ``If-Match``), which is what exactly-once rests on
(ADR 44 and 45). What throttles, fails or does not answer is asked again, later and later, up to a limit.
"""

from __future__ import annotations

import io
import itertools
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

from headway.errors import DataError, HeadwayError, OutputError, RunError, UserError
from headway.optional import import_optional
from headway.shards.credentials import aws_settings
from headway.shards.place import AHEAD_BYTES, Place, Stored

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")

_SCHEMES = ("s3", "s3a", "gs", "az", "abfs", "abfss", "http", "https")
_WHOLE_TRIES = 3  # of a put that timed out, of which obstore cannot know that it may be made again


@dataclass(frozen=True)
class Patience:
    """How long and how often object storage is asked.

    Parameters
    ----------
    retries : int
        How often a request is made again that failed or was refused for its rate.
    first_s, longest_s : float
        Seconds before the first of these, and at most before one; each waits about twice as long as the one before.
    answer_s, upload_s : float
        Seconds within which an answer must be complete, and within which a file must be taken.
    """

    retries: int = 8
    first_s: float = 0.2
    longest_s: float = 15.0
    answer_s: float = 60.0
    upload_s: float = 900.0


def _obstore() -> ModuleType:
    return import_optional("obstore", "cloud")


class ObjectPlace(Place):
    """A prefix, such as ``s3://bucket/features``."""

    def __init__(self, address: str, patience: Patience) -> None:
        self._address = address.rstrip("/")
        self._patience = patience
        scheme = address.partition("://")[0].lower()
        if scheme not in _SCHEMES:
            raise UserError(f"an address must begin with s3://, gs://, az:// or https://, and {address!r} does not")
        self._remote = scheme in ("http", "https")
        self._reader, self._writer = self._store(patience.answer_s), self._store(patience.upload_s)

    def __reduce__(self) -> tuple[type[ObjectPlace], tuple[str, Patience]]:
        return ObjectPlace, (self._address, self._patience)  # workers open it with credentials of their own

    def __str__(self) -> str:
        return re.sub(r"//[^/@]*@", "//", self._address)

    def _store(self, seconds: float) -> Any:
        stores = import_optional("obstore.store", "cloud")
        patience = self._patience
        settings: dict[str, Any] = {
            "client_options": {"timeout": timedelta(seconds=seconds), "connect_timeout": timedelta(seconds=10)},
            "retry_config": {
                "max_retries": patience.retries,
                "backoff": {
                    "init_backoff": timedelta(seconds=patience.first_s),
                    "max_backoff": timedelta(seconds=patience.longest_s),
                    "base": 2,
                },
            },
        }
        address = self._address.replace("s3a://", "s3://", 1)
        if address.startswith("s3://"):
            settings |= aws_settings()
            _check_endpoint(settings.get("endpoint"))
            settings["client_options"]["allow_http"] = settings.get("endpoint", "").startswith("http://")
        with self._translating(""):
            if self._remote:
                settings["client_options"]["allow_http"] = address.startswith("http://")
                return stores.HTTPStore.from_url(address, **settings)
            return stores.from_url(address, **settings)

    def address(self, name: str) -> str:  # noqa: D102
        return f"{self._address}/{name}"

    def list(self, *, deep: bool = False) -> Iterator[Stored]:  # noqa: D102
        obstore = _obstore()
        with self._translating(""):
            if deep:
                parts: Iterator[Any] = iter(obstore.list(self._reader, chunk_size=1000))
            else:
                parts = iter([obstore.list_with_delimiter(self._reader)["objects"]])
            found = (
                Stored(each["path"], each["size"], each["e_tag"] or str(each["last_modified"]))
                for part in parts
                for each in part
            )
            # Without what is hidden, and what consoles make to stand for folders.
            listed = sorted(
                file for file in found if file.name and "/." not in f"/{file.name}" and file.name[-1] != "/"
            )
        yield from listed

    def has_folders(self) -> bool:  # noqa: D102
        with self._translating(""):
            folders = _obstore().list_with_delimiter(self._reader)["common_prefixes"]
        return any(not folder.rpartition("/")[2].startswith(".") for folder in folders)

    def size(self, name: str) -> int | None:  # noqa: D102
        found = self._head(name)
        return None if found is None else int(found["size"])

    def stamp(self, name: str) -> str | None:  # noqa: D102
        found = self._head(name)
        return None if found is None else str(found["e_tag"])

    def _head(self, name: str) -> Any:
        with self._translating(name):
            try:
                return _obstore().head(self._reader, name)
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes:  # noqa: D102
        with self._translating(name):
            return bytes(_obstore().get(self._reader, name).bytes())

    def read_range(self, name: str, start: int, length: int) -> bytes:
        """Return some bytes of a file."""
        with self._translating(name):
            return bytes(_obstore().get_range(self._reader, name, start=start, length=length))

    def read_small(self, name: str, most: int) -> bytes | None:
        """Return the content of a file; None where it has more bytes than ``most``."""
        with self._translating(name):
            found = _obstore().get(self._reader, name)
            return None if found.meta["size"] > most else bytes(found.bytes())

    def open(self, name: str, *, ahead: int = AHEAD_BYTES) -> IO[bytes]:  # noqa: D102
        size = self.size(name)
        if size is None:
            raise FileNotFoundError(self.address(name))
        return io.BufferedReader(_Ranges(self, name, size), ahead)

    @contextmanager
    def adding(self, name: str) -> Iterator[IO[bytes]]:  # noqa: D102
        with tempfile.TemporaryFile() as file:
            yield file
            self._put(name, file, "create")

    def put(self, name: str, content: bytes, *, after: str | None) -> bool:  # noqa: D102
        return self._put(name, io.BytesIO(content), "create" if after is None else {"e_tag": after})

    def _put(self, name: str, file: IO[bytes], mode: Any) -> bool:
        obstore = _obstore()
        errors = obstore.exceptions

        def put() -> bool:
            file.seek(0)
            try:
                # One request, which is atomic and may be conditional.
                obstore.put(self._writer, name, file, mode=mode, use_multipart=False)
            except (errors.AlreadyExistsError, errors.PreconditionError):
                return False
            return True

        with self._translating(name, writes=True):
            return _tried(put, errors.GenericError, self._patience)

    def delete(self, name: str) -> None:  # noqa: D102
        with self._translating(name, writes=True):
            try:
                _obstore().delete(self._writer, name)
            except FileNotFoundError:
                return

    def check_writable(self) -> None:  # noqa: D102
        if self._remote:
            raise OutputError(f"{self} cannot be written: it is of the web; give a folder or a bucket with -o")
        trial = f".headway-trial-{os.getpid()}-{time.time_ns()}"
        for _ in itertools.islice(self.list(), 1):  # which tells of a missing bucket
            break
        self.put(trial, b"", after=None)
        self.delete(trial)

    @contextmanager
    def _translating(self, name: str, *, writes: bool = False) -> Iterator[None]:
        """Turn what obstore raises into one line; a missing file stays a FileNotFoundError where something is read."""
        try:
            yield
        except HeadwayError:
            raise
        except FileNotFoundError as error:
            if writes:
                self._raise(error, name)
            raise
        except (_obstore().exceptions.BaseError, OSError, ValueError) as error:
            self._raise(error, name)

    def _raise(self, error: Exception, name: str) -> NoReturn:
        text = str(error)
        what = f"{self}/{name}" if name else str(self)
        errors = _obstore().exceptions
        bucket = str(self).partition("://")[2].partition("/")[0]
        if "NoSuchBucket" in text or "The specified bucket does not exist" in text:
            raise UserError(f"there is no bucket {bucket!r}: check the address {self}, or make the bucket") from error
        if "169.254.169.254" in text or "metadata" in text or isinstance(error, errors.UnauthenticatedError):
            raise UserError(f"there are no valid credentials for {self}: {self._credentials()}") from error
        if "Account must be specified" in text:
            raise UserError(f"{self} needs the name of an account: {self._credentials()}") from error
        if isinstance(error, errors.PermissionDeniedError):
            raise UserError(f"{what} is not allowed to these credentials: {_short(text)}") from error
        if "Unable to recognise URL" in text or isinstance(error, errors.InvalidPathError | ValueError):
            raise UserError(f"{what} is no address that is known: {_short(text)}") from error
        if isinstance(error, FileNotFoundError):
            raise DataError(f"{what} is not there: {_short(text)}") from error
        raise RunError(
            f"{what} could not be reached, and was tried {self._patience.retries + 1} times: {_short(text)}; run the "
            "same again, which goes on where this ended"
        ) from error

    def _credentials(self) -> str:
        """Say where credentials are looked for; docs/scale.md has all of it."""
        scheme = self._address.partition("://")[0].lower()
        if scheme == "gs":
            return "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account (docs/scale.md)"
        if scheme.startswith("s3"):
            return (
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what docs/scale.md says for this storage; for "
                "public data, AWS_SKIP_SIGNATURE=true"
            )
        return "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (docs/scale.md)"


def _check_endpoint(endpoint: str | None) -> None:
    """Refuse an address of a server that is none, over which obstore would panic."""
    if re.fullmatch(r"https?://([^/?#\s]+)(/\S*)?", endpoint or "http://none") is None:
        raise UserError(
            f"AWS_ENDPOINT_URL must be an address such as http://127.0.0.1:9000, and is {endpoint!r}: begin it with "
            "http:// or https://"
        )


def _short(text: str) -> str:
    """Return what an error of obstore says of itself, without its parts for programmers."""
    line = " ".join(text.partition("Debug source")[0].split())
    if (said := re.search(r"<Message>([^<]*)</Message>", line)) is not None:
        return said[1]
    return re.sub(r"^(Generic \w+ error: )?(Error performing list request: )?", "", line)[:200].strip()


def _tried(action: Callable[[], T], failure: type[Exception], patience: Patience) -> T:
    """Do what may be done several times, and was perhaps not done when it failed."""
    for number in itertools.count(1):
        try:
            return action()
        except failure as error:
            if number == _WHOLE_TRIES or "status code: 4" in str(error):
                raise
            time.sleep(min(patience.longest_s, patience.first_s * 2**number))
    raise AssertionError  # pragma: no cover


class _Ranges(io.RawIOBase):
    """A file of object storage that is read piece by piece, each by a request."""

    def __init__(self, place: ObjectPlace, name: str, size: int) -> None:
        self._place, self._name, self._size = place, name, size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        content = self._place.read_range(self._name, self._position, length)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
