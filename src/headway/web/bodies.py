"""Bodies of requests, read within bounds: nothing is kept of one that is too large, too slow or too much at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from headway.web.answers import Refused, too_busy

if TYPE_CHECKING:
    from starlette.requests import Request

_FIELD_BYTES = 1 << 16  # of a part that is no file
_SMALL_BYTES = 1 << 20  # of a request that finds room where larger ones find none


class Upload(NamedTuple):
    """A file of a request: its name as the client gives it, which is only ever shown, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Limits:
    """What is read of requests.

    Parameters
    ----------
    body_bytes : int
        Of one request.
    files : int
        Of one request.
    seconds : float
        Until all of it must have come.
    held_bytes : int
        Of all requests together; what comes beyond is to be sent again later.
    """

    body_bytes: int = 32 << 20
    files: int = 64
    seconds: float = 30.0
    held_bytes: int = 256 << 20


class Intake:
    """Counts the bytes of all requests that are in memory.

    Belongs to one event loop.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.held = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read the body, for the ``with`` statement; it counts as in memory until that ends."""
        with self._claim() as claim:
            chunks = [chunk async for chunk in self._chunks(request, claim)]
            yield b"".join(chunks)

    @asynccontextmanager
    async def files(self, request: Request, field: str | None = None) -> AsyncIterator[list[Upload]]:
        """Read the files of a body of ``multipart/form-data``; those of one field, where that is named."""
        with self._claim() as claim:
            parser = _InMemory(
                request.headers,
                self._chunks(request, claim),
                max_files=self.limits.files,
                max_fields=self.limits.files,
                max_part_size=_FIELD_BYTES,
            )
            try:
                form = await parser.parse()
            except MultiPartException as error:
                if "Too many files" in error.message:
                    message = f"at most {self.limits.files} files in one request"
                    raise Refused(413, "too-many", message) from None
                raise Refused(400, "bad-request", f"the body is no multipart/form-data: {error.message}") from None
            except (KeyError, ValueError, UnicodeError, AssertionError) as error:
                raise Refused(400, "bad-request", "the body is no multipart/form-data") from error
            try:
                parts = [(name, part) for name, part in form.multi_items() if not isinstance(part, str)]
                chosen = [part for name, part in parts if field in (None, name)]
                yield [Upload(_text(part.filename or ""), await part.read()) for part in chosen]
            finally:
                await form.close()

    @contextmanager
    def _claim(self) -> Iterator[_Claim]:
        claim = _Claim(self)
        try:
            yield claim
        finally:
            self.held -= claim.bytes

    async def _chunks(self, request: Request, claim: _Claim) -> AsyncGenerator[bytes, None]:
        limits = self.limits
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limits.body_bytes:
            raise _too_large(limits)
        try:
            async with asyncio.timeout(limits.seconds):
                async for chunk in request.stream():
                    claim.take(len(chunk))
                    yield chunk
        except TimeoutError:
            message = f"the request did not come within {limits.seconds:g} s"
            raise Refused(408, "too-slow", message) from None
        except ClientDisconnect:
            raise Refused(400, "gone", "the client went away") from None


class _Claim:
    """What one request takes of the memory for all."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.bytes = 0

    def take(self, count: int) -> None:
        limits = self._intake.limits
        if self.bytes + count > limits.body_bytes:
            raise _too_large(limits)
        # A few clients that send much, and slowly, leave a quarter to others.
        room = limits.held_bytes if self.bytes + count <= _SMALL_BYTES else limits.held_bytes * 3 // 4
        if self._intake.held + count > room:
            raise too_busy("too much is being sent at once; try again")
        self.bytes += count
        self._intake.held += count


def _text(name: str) -> str:
    """Return a name that can be answered: with a character set of its own, a body can name what is no text."""
    return name.encode("utf-8", "replace").decode()


def _too_large(limits: Limits) -> Refused:
    message = f"a request may have {limits.body_bytes / (1 << 20):g} MiB at most"
    return Refused(413, "too-large", message)


class _InMemory(MultiPartParser):
    """Keeps files in memory, which is counted, and never in a temporary file."""

    spool_max_size = 1 << 62
