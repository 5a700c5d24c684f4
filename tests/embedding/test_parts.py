"""Features of networks made of others: each part is computed once, and put together as the graph does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from headway import backbones, dataset
from headway.backbones import Engine, composing, find
from headway.dataset import Dataset
from headway.embedding import count_missing, embed_images
from headway.errors import DataError
from headway.images import load
from headway.session import Session

SMALL = composing.resized(find("efficientnet_lite0"), 32)
BOTH = composing.joined([find("tiny"), SMALL])
HOW = {"resize": "squash", "precision": "fp32"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3)).astype(np.uint8)
    files = [tmp_path / f"{number}.png" for number in range(4)]
    for file, picture in zip(files, pixels, strict=True):
        Image.fromarray(picture).save(file)
    return dataset.read(files, ["a", "a", "b", "b"])


def missing(session: Session, data: Dataset, info: backbones.BackboneInfo) -> int:
    return count_missing(session, data, info, outputs=info.depths, **HOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("info", [BOTH, composing.mirrored(find("tiny")), composing.mirrored(BOTH)])
def test_features_are_those_of_the_whole_graph(info: backbones.BackboneInfo, session: Session, data: Dataset) -> None:
    table = embed_images(session, data, info, **HOW)  # type: ignore[arg-type]
    squares = np.stack([load(picture, 32, "squash") for picture in data.pictures])
    expected = Engine(backbones.read(info), info.depths).run(squares)
    np.testing.assert_allclose(table.read(), expected, rtol=1e-4, atol=1e-5)
    last = info.feature_sets["last"]
    np.testing.assert_array_equal(table.read([2, 0], last), table.only(last).read([2, 0]))
    places = np.concatenate([np.arange(len(expected[0]))[-5:], [0, 3]])
    np.testing.assert_array_equal(table.fetch(np.array([1]), places), table.read([1])[:, places])
    assert (table.backbone, table.backbone_sha256, table.dims) == (
        info.name, info.sha256, {name: info.dims[name] for name in info.depths},
    )  # fmt: skip


def test_what_a_part_has_is_not_computed_again(session: Session, data: Dataset) -> None:
    assert [missing(session, data, info) for info in (find("tiny"), SMALL, BOTH)] == [4, 4, 4]
    embed_images(session, data, find("tiny"), **HOW)  # type: ignore[arg-type]
    assert [missing(session, data, info) for info in (find("tiny"), SMALL, BOTH)] == [0, 4, 4]
    assert embed_images(session, data, BOTH, **HOW).computed == 4  # type: ignore[arg-type]
    assert [missing(session, data, info) for info in (find("tiny"), SMALL, BOTH)] == [0, 0, 0]
    again = embed_images(session, data, BOTH, **HOW)  # type: ignore[arg-type]
    assert (again.computed, again.cached, again.images_per_s) == (0, 4, None)


def test_only_the_parts_that_are_read_are_computed(session: Session, data: Dataset) -> None:
    embed_images(session, data, BOTH, outputs=["tiny/head.mean"], **HOW)  # type: ignore[arg-type]
    assert [missing(session, data, info) for info in (find("tiny"), SMALL)] == [0, 4]


def test_mirrored_pictures_are_kept_beside_the_others(session: Session, data: Dataset) -> None:
    both = composing.mirrored(find("tiny"))
    embed_images(session, data, find("tiny"), **HOW)  # type: ignore[arg-type]
    assert missing(session, data, both) == 4
    embed_images(session, data, both, **HOW)  # type: ignore[arg-type]
    assert missing(session, data, both) == 0


def test_pictures_that_change_between_two_parts_are_noticed(session: Session, data: Dataset) -> None:
    from headway.embedding.parts import embed_parts

    tables = iter([embed_images(session, part, find("tiny"), **HOW) for part in (data, data.subset(np.arange(3)))])  # type: ignore[arg-type]

    def embed(part: backbones.BackboneInfo, names: object, copies: object) -> object:
        return replace(next(tables), dims={name: part.dims[name] for name in part.depths})

    with pytest.raises(DataError, match="the pictures changed while their features were computed"):
        embed_parts(BOTH, BOTH.depths, None, embed)  # type: ignore[arg-type]
