"""Features of a data set: what is kept is found, what is missing is computed, once."""

from __future__ import annotations

import itertools
import threading
import time
from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

import numpy as np

from headway.cores import cpu_count
from headway.embedding import content
from headway.embedding.pipeline import decode, parallel
from headway.embedding.table import Digests, FeatureTable
from headway.errors import DataError, PictureError, UserError
from headway.store import FeaturesGoneError
from headway.types import Precision, Quarantined, Silent

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo, FeatureEngine
    from headway.dataset import Dataset
    from headway.store import Seen, Store
    from headway.types import Device, FloatArray, IntArray, Picture, Progress, ResizePolicy, UInt8Array

_LOOK_UP = 5_000  # pictures looked up in the store at once
# Pictures that are decoded before the network wants them keep it busy while one large file is read.
_AHEAD_BYTES = 32 << 20
_AHEAD_PICTURES = 192
_FLUSH_ROWS = 256
_FLUSH_SECONDS = 1.0


def embed(
    dataset: Dataset,
    backbone: BackboneInfo,
    *,
    resize: ResizePolicy,
    precision: Precision | Literal["auto"] = "auto",
    outputs: Sequence[str] | None = None,
    device: Device = "cpu",
    store: Store,
    max_bad: float = 0.1,
    progress: Progress | None = None,
) -> FeatureTable:
    """Give every picture its features: from the store where they are kept, computed and kept where not.

    A file that has not changed since it was last read is not opened. When nothing is missing, no network is loaded.
    What is computed is in the store within a second or so, and stays there however the run ends.

    Parameters
    ----------
    dataset : Dataset
        The pictures.
    backbone : BackboneInfo
        The network or hand-made descriptors.
    resize : {"crop", "squash", "letterbox"}
        How a picture becomes a square.
    precision : {"auto", "fp32", "bf16"}
        What a network computes in; ``"auto"`` takes the best for this processor. Hand-made descriptors: always fp32.
    outputs : sequence of str, optional
        Which of the backbone's outputs to compute and keep; by default ``backbone.depths``, all that a head may read.
    device : {"cpu", "cuda"}
        Where a network runs.
    store : Store
        Must stay open as long as the table is in use.
    max_bad : float
        Largest part of the pictures that may be unreadable, from 0 to 1.
    progress : Progress, optional
        Told how many pictures are done.

    Returns
    -------
    FeatureTable

    Raises
    ------
    DataError
        When too many pictures, or all, cannot be read. The others are in the store by then.
    UserError
        When ``max_bad`` is no number from 0 to 1.
    StoreError
        When the store cannot be used, for instance because the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from headway.dataset import read
    >>> from headway.store import Store
    >>> from headway.testing import TINY
    >>> pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in (0, 100, 100)]
    >>> with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
    ...     table = embed(read(pictures, ["dark", "light", "light"]), TINY, resize="squash", store=store)
    ...     (table.computed, table.cached), table.read(names=["head.mean"]).shape
    ((2, 1), (3, 32))
    """
    _check_limit(max_bad)
    progress = progress or Silent()
    names = list(backbone.depths) if outputs is None else list(outputs)
    if backbone.kind == "descriptor":
        precision = "fp32"
    elif precision == "auto":
        precision = "bf16" if device == "cuda" else _best_precision(store)
    run = _Run(dataset.pictures, backbone, resize, precision, names, device, store, progress)
    run.look_up()
    run.compute()
    quarantined = [Quarantined(dataset.name(row), reason) for row, reason in sorted(run.bad.items())]
    _check(len(dataset), quarantined, max_bad)
    good = np.ones(len(dataset), np.bool_)
    good[list(run.bad)] = False
    rows = np.flatnonzero(good)
    hashes = Digests(run.digests if len(rows) == len(dataset) else run.digests[rows])

    def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
        chosen = columns if isinstance(columns, slice) else columns.tolist()
        wanted = hashes.at(positions)
        try:
            return store.read(run.space, wanted, chosen)
        except FeaturesGoneError:
            # The store was damaged, or pruned by another process: as good as new, only later.
            again = _Run(dataset.pictures, backbone, resize, precision, names, device, store, progress)
            again.look_up()
            again.compute()
            return store.read(run.space, wanted, chosen)

    return FeatureTable(
        rows=rows,
        hashes=hashes,
        dims={name: backbone.dims[name] for name in names},
        quarantined=quarantined,
        backbone=backbone.name,
        backbone_sha256=backbone.sha256,
        resize=resize,
        precision=precision,
        computed=run.computed,
        cached=len(rows) - run.computed,
        images_per_s=run.computed / run.seconds if run.computed else None,
        fetch=fetch,
    )


def _check_limit(max_bad: float) -> None:
    if not isinstance(max_bad, Real) or not 0 <= max_bad <= 1:  # NaN is not, either
        raise UserError(f"max_bad (--max-bad) must lie between 0 and 1, not at {max_bad!r}")


def _check(total: int, quarantined: Sequence[Quarantined], max_bad: float) -> None:
    if total == 0:
        raise DataError("pictures are needed: there is none")
    bad = len(quarantined)
    reasons = "; ".join(f"{one.path}: {one.reason}" for one in quarantined[:3]) + ("; …" if bad > 3 else "")
    if bad == total:
        raise DataError(f"pictures are needed, and none of these {total:,} files can be read as one: {reasons}")
    if bad > max_bad * total:
        raise DataError(
            f"{bad:,} of {total:,} pictures ({bad / total:.1%}) cannot be read, which is more than {max_bad:.1%}: "
            f"{reasons}; mend or remove them, or raise the limit with --max-bad (max_bad)"
        )


def _best_precision(store: Store) -> Precision:
    """Ask OpenVINO once per processor: loading it takes longer than all else when nothing is to be computed."""
    name = f"best precision: {content.processor()}"
    known = store.fact(name)
    for precision in get_args(Precision):
        if known == precision:
            return precision  # type: ignore[no-any-return]
    from headway.backbones import best_precision

    best = best_precision()
    store.put_fact(name, best)
    return best


class _Outcome(NamedTuple):
    """What became of a picture in its thread; one of the last three says it."""

    row: int
    digest: bytes | None
    seen: Seen | None
    pixels: UInt8Array | None = None
    reason: str | None = None
    lasting: bool = False  # whether the reason lies in the content


@dataclass
class _Unsaved:
    """Results that are not in the store yet."""

    hashes: list[bytes] = field(default_factory=list)
    vectors: list[FloatArray] = field(default_factory=list)
    failures: list[tuple[bytes, str]] = field(default_factory=list)
    files: list[tuple[Seen, bytes]] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def is_due(self) -> bool:
        count = max(len(self.hashes), len(self.failures), len(self.files))
        return count >= _FLUSH_ROWS or (count > 0 and time.monotonic() - self.since > _FLUSH_SECONDS)


class _Run:
    """One pass over a data set. Whatever grows with the number of pictures is a flat array."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        backbone: BackboneInfo,
        resize: ResizePolicy,
        precision: Precision,
        names: Sequence[str],
        device: Device,
        store: Store,
        progress: Progress,
    ) -> None:
        self.pictures = pictures
        self.backbone = backbone
        self.resize = resize
        self.precision = precision
        self.names = names
        self.device = device
        self.store = store
        self.progress = progress
        self.space = content.space_name(backbone, resize, precision, names, device)
        self.decoders = content.decoders_name()
        self.digests: UInt8Array = np.zeros((len(pictures), content.DIGEST_BYTES), np.uint8)
        self.bad: dict[int, str] = {}
        self.computed = 0
        self.seconds = 0.0
        self._todo = array("q")
        self._repeats = array("q")
        self._failed: dict[bytes, str] = {}
        # Contents whose feature is being computed and is not in the store yet.
        self._claimed: set[bytes] = set()
        self._claim_lock = threading.Lock()
        self._unsaved = _Unsaved()

    def look_up(self) -> None:
        """Find what is kept, without opening a picture."""
        for start in range(0, len(self.pictures), _LOOK_UP):
            chunk = self.pictures[start : start + _LOOK_UP]
            places = [place for place, picture in enumerate(chunk) if content.is_path(picture)]
            known = self.store.known([content.path_of(chunk[place]) for place in places])
            digests: list[bytes | None] = [None] * len(chunk)
            for place, digest in zip(places, known, strict=True):
                digests[place] = digest
            asked = [digest for digest in digests if digest is not None]
            missing = self.store.missing(self.space, asked)
            failures = self.store.failures(self.decoders, list(missing))
            for row, digest in enumerate(digests, start):
                if digest is None or (digest in missing and digest not in failures):
                    self._todo.append(row)
                    continue
                self._keep_digest(row, digest)
                if digest in failures:
                    self.bad[row] = failures[digest]
        self._pass_notes()

    def compute(self) -> None:
        """Compute what is missing; what is done when this is interrupted is kept."""
        if not self._todo:
            return
        self.progress.start("features", len(self._todo))
        start = time.perf_counter()
        threads = cpu_count()
        picture_bytes = 3 * self.backbone.input_size**2
        ahead = max(2 * threads, min(_AHEAD_PICTURES, _AHEAD_BYTES // picture_bytes))
        self._unsaved = _Unsaved()
        try:
            with closing(parallel(self._todo, self._open, threads=threads, ahead=ahead)) as outcomes:
                self._infer(self._to_infer(outcomes))
        finally:
            self._save()
        self._resolve_repeats()
        self.seconds = time.perf_counter() - start
        self._pass_notes()

    def _infer(self, waiting: Iterator[tuple[bytes, UInt8Array]]) -> None:
        # The network is loaded while the first pictures are decoded, and not at all if none of them needs it.
        first = next(waiting, None)
        if first is None:
            return
        engine = self._engine()
        results = cast("Generator[tuple[bytes, FloatArray]]", engine.map(itertools.chain([first], waiting)))
        with closing(results):
            for digest, rows in results:
                self._unsaved.hashes.append(digest)
                self._unsaved.vectors.append(rows)
                self.computed += 1
                self.progress.advance()
                if self._unsaved.is_due():
                    self._save()

    def _engine(self) -> FeatureEngine:
        from headway.backbones import open_engine

        cache = self.store.path.parent  # the store is in the cache folder
        return open_engine(
            self.backbone, self.names, self.precision, device=self.device, cache=cache, progress=self.progress
        )

    def _open(self, row: int) -> _Outcome:
        """Read, hash, and decode one picture if its feature is not to be had otherwise; runs in several threads."""
        digest = seen = None
        try:
            digest, picture, seen = content.read(self.pictures[row])
            if not self._claim(digest):
                return _Outcome(row, digest, seen)
            if (reason := self.store.failures(self.decoders, [digest]).get(digest)) is not None:
                self._release([digest])
                return _Outcome(row, digest, seen, reason=reason)
            if self.store.holds(self.space, digest):
                self._release([digest])
                return _Outcome(row, digest, seen)
            return _Outcome(row, digest, seen, pixels=decode(picture, self.backbone.input_size, self.resize))
        except PictureError as error:
            lasting = digest is not None and not isinstance(error.__cause__, MemoryError)
            return _Outcome(row, digest, seen, reason=str(error), lasting=lasting)

    def _to_infer(self, outcomes: Iterator[_Outcome]) -> Iterator[tuple[bytes, UInt8Array]]:
        """Yield what the network is to see, and take note of everything else."""
        for outcome in outcomes:
            row, digest, seen = outcome[:3]
            if digest is not None:
                self._keep_digest(row, digest)
                if seen is not None:
                    self._unsaved.files.append((seen, digest))
            if digest is not None and outcome.pixels is not None:
                yield digest, outcome.pixels[np.newaxis]
                continue
            self.progress.advance()
            if outcome.reason is None:
                self._repeats.append(row)
            else:
                self.bad[row] = outcome.reason
                if digest is not None:
                    self._failed[digest] = outcome.reason
                if digest is not None and outcome.lasting:
                    self._unsaved.failures.append((digest, outcome.reason))
            if self._unsaved.is_due():
                self._save()

    def _claim(self, digest: bytes) -> bool:
        with self._claim_lock:
            if digest in self._claimed:
                return False
            self._claimed.add(digest)
            return True

    def _release(self, digests: Sequence[bytes]) -> None:
        with self._claim_lock:
            self._claimed.difference_update(digests)

    def _save(self) -> None:
        unsaved = self._unsaved
        if unsaved.hashes:
            self.store.put(self.space, unsaved.hashes, np.concatenate(unsaved.vectors))
        if unsaved.failures:
            self.store.put_failures(self.decoders, unsaved.failures)
        if unsaved.files:
            self.store.remember(unsaved.files)
        self._release(unsaved.hashes)
        # Only now: when a save is interrupted, the one at the end of the run does it again.
        self._unsaved = _Unsaved()

    def _resolve_repeats(self) -> None:
        """Learn which contents that were met again while in work turned out not to be pictures."""
        if self._failed:
            for row in self._repeats:
                if (reason := self._failed.get(self.digests[row].tobytes())) is not None:
                    self.bad[row] = reason

    def _keep_digest(self, row: int, digest: bytes) -> None:
        self.digests[row] = np.frombuffer(digest, np.uint8)

    def _pass_notes(self) -> None:
        for note in self.store.take_notes():
            self.progress.note(note)
