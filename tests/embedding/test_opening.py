"""`headway.embed`, and the way in that fit, study and embed share."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import headway
from headway.backbones import BackboneInfo
from headway.clock import Clock
from headway.dataset import Dataset
from headway.embedding import embed, embed_images, open_features, write_parquet
from headway.errors import DataError, UnknownNameError, UserError
from headway.recipe import Recipe
from headway.session import Session
from headway.store import Store
from headway.testing import TINY

RECIPE = Recipe(backbone="tiny", precision="fp32")


class TestEmbed:
    def test_needs_no_more_than_data(self, pictures: Path, tmp_path: Path) -> None:
        table = headway.embed(pictures, cache=tmp_path / "cache")
        assert (table.backbone, table.resize, len(table)) == ("efficientnet_lite0", "squash", 36)
        assert table.read(names=["head.mean"]).shape == (36, 1280)
        assert all(fact is not None for fact in table.images())

    def test_data_and_backbone_by_name_or_as_objects(self, pictures: Path, tmp_path: Path) -> None:
        expected = embed(pictures, "tiny", precision="fp32", cache=tmp_path / "cache").read()
        paths = sorted(map(str, pictures.rglob("*.png")))
        streams = [io.BytesIO(Path(path).read_bytes()) for path in paths]
        for number, data in enumerate((headway.read(pictures), paths, streams)):
            table = embed(data, TINY, precision="fp32", cache=tmp_path / f"cache{number}")
            assert table.computed == 36
            np.testing.assert_array_equal(table.read(), expected)

    def test_the_store_is_opened_again_when_the_table_is_read(self, pictures: Path, tmp_path: Path) -> None:
        table = embed(pictures, "tiny", cache=tmp_path / "cache")
        first, facts = table.read(), table.images()
        (tmp_path / "cache").rename(tmp_path / "moved")
        np.testing.assert_array_equal(table.read(), first)  # computed again
        assert table.images() == facts
        with Store.open(tmp_path / "cache") as store:
            assert store.summary()[0].features == 36
            store.prune(everything=True)
        np.testing.assert_array_equal(np.vstack(list(table.chunks(10))), first)

    @pytest.mark.parametrize("limit", [float("nan"), -0.1, 1.1, 5, "x", None])
    def test_a_limit_that_is_none(self, pictures: Path, limit: float) -> None:
        with pytest.raises(UserError, match=r"max_bad \(--max-bad\) must be from 0 to 1"):
            embed(pictures, "tiny", max_bad=limit)

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"resize": "stretch"}, "no resize policy is called 'stretch'"),
            ({"precision": "int8"}, "no precision is called 'int8'"),
            ({"device": "tpu"}, "no device is called 'tpu'"),
            ({"outputs": ["head.meen"]}, "did you mean head.mean"),
            ({"backbone": "tinny"}, "tiny"),
        ],
    )
    def test_names_that_do_not_exist(self, pictures: Path, options: dict, said: str) -> None:
        with pytest.raises(UserError, match=said):
            embed(pictures, **{"backbone": "tiny", **options})
        assert issubclass(UnknownNameError, UserError)

    def test_a_backbone_that_is_not_one(self, pictures: Path) -> None:
        with pytest.raises(UserError, match="backbone must be a name or a BackboneInfo, not 7"):
            embed(pictures, 7)  # type: ignore[arg-type]

    def test_too_many_unreadable(self, pictures: Path) -> None:
        for path in list(pictures.rglob("*.png"))[:6]:
            path.write_bytes(b"")
        with pytest.raises(DataError, match="6 of 36 pictures"):
            embed(pictures, "tiny")
        assert len(embed(pictures, "tiny", max_bad=0.2)) == 30


class TestOpenFeatures:
    def test_pictures(self, pictures: Path) -> None:
        calls: list[object] = []
        clock = Clock()
        with Session.open() as session:
            opened = open_features(
                session,
                pictures,
                RECIPE,
                check_backbone=calls.append,
                check=calls.append,
                outputs=lambda info: ("head.mean",),
                clock=clock,
            )
            assert opened.table.dims == {"head.mean": 32}
            assert opened.table.read().shape == (36, 32)
        assert [type(call) for call in calls] == [BackboneInfo, Dataset]
        assert opened.backbone.name == "tiny" and len(opened.dataset) == 36
        assert set(clock.seconds()) == {"data", "features", "total"}

    def test_a_file_of_features(self, pictures: Path, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        dataset = headway.read(pictures)
        write_parquet(tmp_path / "f.parquet", dataset, embed(dataset, TINY, resize="crop", precision="fp32"))
        calls: list[object] = []
        with Session.open() as session:
            expected = embed_images(session, dataset, TINY, resize="crop", precision="fp32").read()
            opened = open_features(session, tmp_path / "f.parquet", Recipe(), check=calls.append)
        assert (opened.backbone.name, opened.table.resize) == ("tiny", "crop")
        np.testing.assert_array_equal(opened.table.read(), expected)
        assert opened.table.images([0, 1]) == [None, None]
        assert calls == [opened.dataset]

    @pytest.mark.parametrize("which", ["check", "check_backbone"])
    def test_what_is_refused_is_not_computed(self, pictures: Path, which: str) -> None:
        def refuse(_: object) -> None:
            raise DataError("refused")

        with Session.open() as session:
            with pytest.raises(DataError, match="refused"):
                open_features(session, pictures, RECIPE, **{which: refuse})
            assert session.store.summary() == []

    def test_the_backbone_is_blamed(self, pictures: Path) -> None:
        with Session.open() as session, pytest.raises(UserError) as raised:
            open_features(session, pictures, Recipe(backbone="tinny"))
        assert raised.value.field == "backbone"


def test_a_list_with_open_files_is_read_once(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), (9, 9, 9)).save(tmp_path / "a.png")
    with open(tmp_path / "a.png", "rb") as file:
        dataset = headway.read([file, io.BytesIO((tmp_path / "a.png").read_bytes())], ["a", "b"])
        assert not file.closed
    assert dataset.pictures[0] == dataset.pictures[1] == (tmp_path / "a.png").read_bytes()
    with pytest.raises(DataError, match="a list of pictures is needed, not BytesIO"):
        headway.read(io.BytesIO(b""))
