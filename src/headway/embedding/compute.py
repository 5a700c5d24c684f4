"""Features of a data set: what the store has is found, what is missing is computed, once."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from headway.embedding import content
from headway.embedding.copies import CopyingEngine
from headway.embedding.extractor import extract
from headway.embedding.parts import MIRRORED, embed_parts, outputs_by_part
from headway.embedding.planner import Planner
from headway.embedding.squares import come_with
from headway.embedding.table import Digests, FeatureTable
from headway.embedding.writer import Writer
from headway.errors import DataError
from headway.store import FeaturesGoneError
from headway.types import AS_USUAL, Precision, Quarantined, Reading

if TYPE_CHECKING:
    from headway.backbones import BackboneInfo, FeatureEngine
    from headway.dataset import Dataset
    from headway.embedding.copies import Copies
    from headway.facts.images import ImageFacts
    from headway.session import Session
    from headway.store import Store
    from headway.types import Device, FloatArray, IntArray, Picture, ResizePolicy

_HASHES_SIZE = 224  # of the default backbone: with it, facts are shared

Reopen = Callable[[], AbstractContextManager["Session"]]


def embed_images(
    session: Session,
    dataset: Dataset,
    backbone: BackboneInfo,
    *,
    resize: ResizePolicy,
    reading: Reading = AS_USUAL,
    precision: Precision | Literal["auto"] = "auto",
    outputs: Sequence[str] | None = None,
    device: Device = "cpu",
    copies: Copies | None = None,
    with_squares: bool = False,
    reopen: Reopen | None = None,
) -> FeatureTable:
    """Give every image its features: from the store, or computed and put there.

    A file that has not changed since it was last read is not opened. When nothing is missing, no network is loaded.
    What is computed is in the store within a second or so, and stays there however the run ends.

    Parameters
    ----------
    session : Session
        Its store must stay open as long as the table is in use, unless there is ``reopen``.
    dataset, backbone, resize, reading, precision, outputs, device
        As for `headway.embed`.
    copies : Copies, optional
        Gives every image the features of its copies instead, side by side; ``dims`` are those of one copy.
    with_squares : bool
        Whether the grey squares that near copies are found by are stored on the way, where the network takes what they
        are made of.
    reopen : callable, optional
        Opens a session for each later reading of the table.

    Raises
    ------
    DataError
        When too many images, or all, cannot be read. The others are in the store by then.
    StoreError
        When the store cannot be used, for instance because the disk is full.

    Examples
    --------
    >>> from headway.dataset import read
    >>> from headway.session import Session
    >>> from headway.testing import TINY
    >>> dataset = read([np.full((8, 8, 3), shade, np.uint8) for shade in (0, 100, 100)], ["dark", "light", "light"])
    >>> with Session.open() as session:
    ...     embed_images(session, dataset, TINY, resize="squash").read(names=["head.mean"]).shape
    (3, 32)
    """
    names = list(backbone.depths) if outputs is None else list(outputs)
    precision = arithmetic(session, backbone, precision, device)

    def embed(part: BackboneInfo, names: Sequence[str], copies: Copies | None) -> FeatureTable:
        job = _features_job(dataset, part, resize, precision, names, device, reading, copies)
        job = replace(job, with_squares=with_squares and come_with(job.size, job.resize))
        table = job.table(session, dataset, reopen or (lambda: nullcontext(session)))
        return replace(table, dims={name: part.dims[name] for name in names})

    table = embed_parts(backbone, names, copies, embed) if backbone.parts else embed(backbone, names, copies)
    return replace(
        table,
        backbone=backbone.name,
        backbone_sha256=backbone.sha256,
        input_size=backbone.input_size,
        precision=precision,
    )


def missing_by_part(
    session: Session,
    dataset: Dataset,
    backbone: BackboneInfo,
    *,
    resize: ResizePolicy,
    precision: Precision | Literal["auto"] = "auto",
    outputs: Sequence[str],
    device: Device = "cpu",
    reading: Reading = AS_USUAL,
) -> list[tuple[BackboneInfo, int]]:
    """Return each pass that `embed_images` would make, and of how many images: those that are new, or in memory.

    No image is opened. Of a network that is made of several, each is passed; of one that is mirrored, by the mirrored
    images, too.
    """
    precision = arithmetic(session, backbone, precision, device)
    parts = outputs_by_part(backbone, outputs) if backbone.parts else [(backbone, list(outputs))]
    passes = []
    for part, names in parts:
        stored = part.outputs_to_store(names) if backbone.parts else names
        for view in (None, MIRRORED) if backbone.mirrored else (None,):
            job = _features_job(dataset, part, resize, precision, stored, device, reading, view)
            passes.append((part, job.count_missing(session.store)))
    return passes


def count_missing(
    session: Session,
    dataset: Dataset,
    backbone: BackboneInfo,
    *,
    resize: ResizePolicy,
    precision: Precision | Literal["auto"] = "auto",
    outputs: Sequence[str],
    device: Device = "cpu",
    reading: Reading = AS_USUAL,
) -> int:
    """Return how many images `embed_images` would open, without opening one: those that are new, or in memory.

    Examples
    --------
    >>> from headway.dataset import read
    >>> from headway.session import Session
    >>> from headway.testing import TINY
    >>> with Session.open() as session:
    ...     count_missing(session, read([b""] * 3, ["a", "b", "b"]), TINY, resize="squash", outputs=TINY.depths)
    3
    """
    passes = missing_by_part(
        session, dataset, backbone, resize=resize, precision=precision, outputs=outputs, device=device, reading=reading
    )
    return max(missing for _, missing in passes)


def arithmetic(
    session: Session, backbone: BackboneInfo, precision: Precision | Literal["auto"], device: Device
) -> Precision:
    """Return the precision that ``"auto"`` stands for: the best for this machine; descriptors have fp32 only."""
    if backbone.kind == "descriptor":
        return "fp32"
    if precision == "auto":
        return "bf16" if device == "cuda" else _best_precision(session.store)
    return precision


def _features_job(
    dataset: Dataset,
    backbone: BackboneInfo,
    resize: ResizePolicy,
    precision: Precision,
    outputs: Sequence[str],
    device: Device,
    reading: Reading,
    copies: Copies | None = None,
) -> _Job:
    space = content.space_name(backbone, resize, precision, outputs, device, reading)
    return _Job(
        dataset.pictures,
        backbone.input_size,
        resize,
        reading,
        space if copies is None else f"{space}/{copies.key}",
        functools.partial(_open_engine, backbone, outputs, precision, device, copies),
    )


def read_hashes(
    session: Session, dataset: Dataset, *, resize: ResizePolicy = "squash", reading: Reading = AS_USUAL
) -> FeatureTable:
    """Find out which images can be decoded, and the hashes of their contents; the table has no features.

    Each content is decoded once; that it can be is in the store from then on. Errors are those of `embed_images`.

    Examples
    --------
    >>> from headway.dataset import read
    >>> from headway.session import Session
    >>> with Session.open() as session:
    ...     table = read_hashes(session, read([np.zeros((8, 8), np.uint8)] * 2, ["a", "b"]))
    >>> len(table), table.hashes[0] == table.hashes[1], table.dims
    (2, True, {})
    """
    job = _Job(dataset.pictures, _HASHES_SIZE, resize, reading, None, None)
    return job.table(session, dataset, lambda: nullcontext(session))


def _open_engine(
    backbone: BackboneInfo,
    names: Sequence[str],
    precision: Precision,
    device: Device,
    copies: Copies | None,
    session: Session,
) -> FeatureEngine:
    from headway.backbones import open_engine

    engine = open_engine(backbone, names, precision, session, device=device)
    return engine if copies is None else CopyingEngine(engine, copies)


def _best_precision(store: Store) -> Precision:
    """Ask OpenVINO once per processor: loading it takes longer than everything else when nothing is to be computed."""
    name = f"best precision: {content.processor()}"
    known = store.fact(name)
    for precision in get_args(Precision):
        if known == precision:
            return precision  # type: ignore[no-any-return]
    from headway.backbones import best_precision

    best = best_precision()
    store.put_fact(name, best)
    return best


@dataclass(frozen=True)
class _Job:
    """Images, and what each is to have in the store: features in a space, or else facts."""

    pictures: Sequence[Picture]
    size: int
    resize: ResizePolicy
    reading: Reading
    space: str | None
    open_engine: Callable[[Session], FeatureEngine] | None
    with_squares: bool = False

    @property
    def facts_policy(self) -> str:
        return content.facts_name(self.resize, self.size, self.reading)

    def _needs(
        self, store: Store
    ) -> tuple[Callable[[Sequence[bytes]], set[bytes]], Callable[[bytes], tuple[str | None, bool]]]:
        """Return which contents lack what they are to have, and the state of one: unreadable, or has it, or not."""
        decoders = content.decoders_name(self.reading)
        if self.space is not None:
            return functools.partial(store.missing, self.space), functools.partial(store.state, decoders, self.space)
        # Facts are the record that a content was decoded.
        facts = functools.partial(store.image_facts, self.facts_policy)

        def state(digest: bytes) -> tuple[str | None, bool]:
            return store.failures(decoders, [digest]).get(digest), bool(facts([digest]))

        return lambda digests: set(digests).difference(facts(digests)), state

    def _plan(self, store: Store) -> Planner:
        planner = Planner(self.pictures, store, *self._needs(store), reading=self.reading)
        planner.look_up()
        return planner

    def count_missing(self, store: Store) -> int:
        """Return how many images must be opened."""
        return len(self._plan(store))

    def run(self, session: Session) -> tuple[Planner, int, float]:
        """Compute what is missing; return also how many images were computed, and in how many seconds."""
        store, progress = session.store, session.progress
        planner = self._plan(store)
        _pass_notes(session)
        computed, start = 0, time.perf_counter()
        if len(planner):
            progress.start("features", len(planner))
            writer = Writer(store, self.space, self.facts_policy, planner.release, self.reading)
            outcomes = extract(
                planner.items(),
                size=self.size,
                resize=self.resize,
                reading=self.reading,
                open_engine=None if self.open_engine is None else functools.partial(self.open_engine, session),
                wanted=planner.wants,
                with_squares=self.with_squares,
            )
            try:
                with closing(outcomes):
                    for outcome in outcomes:
                        planner.note(outcome)
                        writer.add(outcome)
                        computed += outcome.facts is not None
                        progress.advance()
            finally:
                writer.flush()
            planner.finish()
            _pass_notes(session)
        return planner, computed, time.perf_counter() - start

    def table(self, session: Session, dataset: Dataset, reopen: Reopen) -> FeatureTable:
        planner, computed, seconds = self.run(session)
        quarantined = [Quarantined(dataset.name(row), reason) for row, reason in sorted(planner.unreadable.items())]
        _check(len(dataset), quarantined, session.max_bad)
        readable = np.ones(len(dataset), np.bool_)
        readable[list(planner.unreadable)] = False
        rows = np.flatnonzero(readable)
        hashes = Digests(planner.digests if len(rows) == len(dataset) else planner.digests[rows])

        def fetch(positions: IntArray, columns: slice | IntArray) -> FloatArray:
            if self.space is None:
                return np.empty((len(positions), 0), np.float32)
            chosen: Any = columns if isinstance(columns, slice) else columns.tolist()
            wanted = hashes.at(positions)
            with reopen() as current:
                try:
                    return current.store.read(self.space, wanted, chosen)
                except FeaturesGoneError:
                    # The store was damaged, or pruned by another process.
                    self.run(current)
                    return current.store.read(self.space, wanted, chosen)

        def fetch_facts(positions: IntArray) -> list[ImageFacts | None]:
            wanted = hashes.at(positions)
            with reopen() as current:
                known = current.store.image_facts(self.facts_policy, wanted)
            return [known.get(digest) for digest in wanted]

        return FeatureTable(
            rows=rows,
            hashes=hashes,
            dims={},
            quarantined=quarantined,
            backbone="",
            backbone_sha256="",
            resize=self.resize,
            reading=self.reading,
            precision="fp32",
            computed=computed,
            cached=len(rows) - computed,
            images_per_s=computed / seconds if computed else None,
            fetch=fetch,
            fetch_facts=fetch_facts,
        )


def _pass_notes(session: Session) -> None:
    for note in session.store.take_notes():
        session.progress.note(note)


def _check(total: int, quarantined: Sequence[Quarantined], max_bad: float) -> None:
    if total == 0:
        raise DataError("there are no pictures: give at least one")
    bad = len(quarantined)
    reasons = "; ".join(f"{one.path}: {one.reason}" for one in quarantined[:3]) + ("; …" if bad > 3 else "")
    if bad == total:
        raise DataError(f"at least one picture is needed, and none of {total:,} can be read: {reasons}")
    if bad > max_bad * total:
        raise DataError(
            f"{bad:,} of {total:,} pictures ({bad / total:.1%}) cannot be read, which is more than {max_bad:.1%}: "
            f"{reasons}; repair or remove them, or raise the limit with --max-bad (max_bad)"
        )
