"""The range of values is the training pictures' own: no test picture is looked at for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import headway
from headway.dataset import Dataset, read
from headway.embedding import choose_reading, embed_images, find_reading, ranging
from headway.fitting.division import divide
from headway.images.depth import find_values
from headway.ranges import of_bits
from headway.recipe import Recipe
from headway.session import Session
from headway.testing import TINY
from headway.types import Reading, Silent

LABELS = ["dark", "light"] * 20


def camera(count: int = 40, bits: int = 12) -> list[np.ndarray]:
    """Return pictures of so many bits, each of other values."""
    random = np.random.default_rng(0)
    return [random.integers(0, 1 << bits, (16, 16)).astype(np.uint16) for _ in range(count)]


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents of pictures that were decoded for their values."""
    seen: list[bytes] = []

    def spy(picture: Any, bands: Any) -> Any:
        seen.append(np.asarray(picture if isinstance(picture, np.ndarray) else Image.open(picture)).tobytes())
        return find_values(picture, bands)

    monkeypatch.setattr(ranging, "find_values", spy)
    return seen


def find(dataset: Dataset, tmp_path: Path, **settings: Any) -> Reading:
    with Session.open(tmp_path) as session:
        return find_reading(session, dataset, Recipe(**settings))


def test_pictures_that_are_dealt_to_the_test_are_not_looked_at(tmp_path: Path, looked_at: list[bytes]) -> None:
    pictures = camera()
    pictures[7] = pictures[3].copy()  # the same content goes to one side
    groups = np.repeat(np.arange(20), 2)
    for grouped in (None, groups):
        dataset = read(pictures, LABELS, groups=None if grouped is None else grouped.tolist())
        for seed in range(3):
            looked_at.clear()
            recipe = Recipe(seed=seed, test_fraction=0.3)
            with Session.open(tmp_path / f"{seed} {grouped is None}") as session:
                assert find_reading(session, dataset, recipe).value_range == of_bits(12)
                table = embed_images(session, dataset, TINY, resize="squash")
                division = divide(dataset, table, recipe, Silent())
            train = {pictures[row].tobytes() for row in division.parts.train.tolist()}
            assert looked_at and set(looked_at) <= train


def test_a_given_test_split_is_not_looked_at(tmp_path: Path, looked_at: list[bytes]) -> None:
    pictures = camera(bits=10)
    bright = [picture * np.uint16(60) for picture in camera(bits=10)]
    for name in ("test", "val"):
        split = [name if row % 4 == 0 else "train" for row in range(40)]
        mixed = [bright[row] if split[row] == name else pictures[row] for row in range(40)]
        assert find(read(mixed, LABELS, split=split), tmp_path).value_range == of_bits(10)
    # Where all are learned from, all are looked at.
    assert find(read(mixed, LABELS), tmp_path, test_fraction=0.0) == Reading()


def test_what_cannot_be_read_changes_who_is_dealt_where(
    tmp_path: Path, looked_at: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unreadable pictures are known once all are decoded; the range is chosen again, without what is a test now."""
    pictures: list[Any] = camera()
    for row in (0, 9, 14):
        pictures[row] = b"broken" + bytes([row])
    dataset = read(pictures, LABELS)
    recipe, computed = Recipe(seed=4), []

    def compute(reading: Reading) -> Any:
        looked_at.clear()
        computed.append(reading)
        return embed_images(session, dataset, TINY, resize="squash", reading=reading)

    with Session.open(tmp_path) as session:
        table = choose_reading(session, dataset, recipe, compute)
        division = divide(dataset, table, recipe, Silent())
    assert computed == [Reading(value_range=of_bits(12))]
    train = {dataset.pictures[table.rows[row]].tobytes() for row in division.parts.train.tolist()}
    assert looked_at and set(looked_at) <= train
    # Where they decide otherwise, the features are computed again.
    answers = iter([Reading(value_range=of_bits(10)), Reading(value_range=of_bits(12))])
    monkeypatch.setattr(ranging, "find_reading", lambda *given: next(answers))
    with Session.open(tmp_path) as session:
        table = choose_reading(session, dataset, recipe, compute)
    assert [reading.value_range for reading in computed[1:]] == [of_bits(10), of_bits(12)]
    assert table.reading.value_range == of_bits(12)


def test_it_is_looked_for_once(tmp_path: Path, looked_at: list[bytes]) -> None:
    for number, picture in enumerate(camera()):
        (tmp_path / LABELS[number]).mkdir(exist_ok=True)
        Image.fromarray(picture).save(tmp_path / LABELS[number] / f"{number}.png")
    folder = read([tmp_path / LABELS[number] / f"{number}.png" for number in range(40)], LABELS)
    found = find(folder, tmp_path / "cache")
    looked_at.clear()
    assert find(folder, tmp_path / "cache") == found and not looked_at
    assert find(folder, tmp_path / "cache", bands=(1,)).bands == (1,) and looked_at


def test_more_pictures_or_another_seed_hardly_change_what_is_looked_at(tmp_path: Path, looked_at: list[bytes]) -> None:
    """Else nearly every fit of numbers without steps would have a range, and so features, of its own."""
    pictures = camera(202)

    def sample(count: int, **settings: Any) -> set[bytes]:
        looked_at.clear()
        find(
            read(pictures[:count], ["dark", "light"] * (count // 2)),
            tmp_path / str(len(os.listdir(tmp_path))),
            **settings,
        )
        return set(looked_at)

    first = sample(200, test_fraction=0.0)
    assert len(first) == 64 and len(first - sample(202, test_fraction=0.0)) <= 2
    seeds = [sample(200, seed=seed) for seed in range(3)]
    assert all(len(one & other) > 32 for one in seeds for other in seeds)


def test_pictures_of_eight_bits_are_not_decoded(tmp_path: Path, looked_at: list[bytes]) -> None:
    eight = [picture.astype(np.uint8) for picture in camera()]
    assert find(read(eight, LABELS), tmp_path) == Reading()
    assert find(read([b"text", *eight[1:]], LABELS), tmp_path) == Reading()
    assert not looked_at
    # Beside them, the others decide.
    assert find(read([*eight[:30], *camera(10)], LABELS), tmp_path).value_range == of_bits(12)


def test_what_is_asked_for_is_taken(tmp_path: Path, looked_at: list[bytes]) -> None:
    for text, value_range in (("14", of_bits(14)), ("16", ()), ("-5,5.5", (-5.0, 5.5))):
        assert find(read(camera(), LABELS), tmp_path, value_range=text).value_range == value_range
    assert not looked_at


def test_without_labels_all_are_looked_at(tmp_path: Path, looked_at: list[bytes]) -> None:
    table = headway.embed(camera(), "tiny", cache=tmp_path)
    assert table.reading.value_range == of_bits(12) and len(looked_at) == 40


def test_files_that_are_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    Image.fromarray(camera(1)[0]).save(gone)
    dataset = read([gone, *camera(39)], LABELS)
    gone.unlink()
    assert find(dataset, tmp_path / "cache").value_range == of_bits(12)


def test_a_transformer_learns_it(tmp_path: Path) -> None:
    from sklearn.base import clone

    pictures: Sequence[Any] = camera()
    embedder = headway.Embedder("tiny", cache=tmp_path)
    before = embedder.transform(pictures)
    embedder.fit(pictures)
    assert embedder.reading_.value_range == of_bits(12)
    assert not np.allclose(embedder.transform(pictures), before)
    own = headway.Embedder("tiny", cache=tmp_path, value_range="12")
    assert np.array_equal(embedder.transform(pictures), own.transform(pictures))
    assert not hasattr(clone(embedder), "reading_")
