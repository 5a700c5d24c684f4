"""Hand-made descriptors go through the store, and through a file of features, like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from headway.backbones import handmade
from headway.dataset import read
from headway.embedding import embed, read_parquet, write_parquet
from headway.errors import DataError

INFO = handmade.info("sift")


def test_they_are_computed_once_in_fp32(pictures: Path, tmp_path: Path) -> None:
    dataset = read(pictures)
    info = handmade.info("colour", 64)
    first = embed(dataset, info, precision="bf16", cache=tmp_path / "cache")
    again = embed(dataset, info, cache=tmp_path / "cache")
    larger = embed(dataset, handmade.info("colour", 96), cache=tmp_path / "cache")
    assert (first.computed, again.computed, larger.computed) == (len(dataset), 0, len(dataset))
    assert first.precision == again.precision == "fp32"
    np.testing.assert_array_equal(first.read(), again.read())
    assert first.read().shape == (len(dataset), 96)


def test_openvino_is_not_loaded_for_them(pictures: Path, tmp_path: Path) -> None:
    program = (
        "import sys, headway\n"
        f"headway.embed({str(pictures)!r}, 'colour', cache={str(tmp_path / 'cache')!r}).read()\n"
        "print('openvino' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_missing_points_survive_the_store_and_a_file(tmp_path: Path) -> None:
    flat, rough = np.full((64, 64, 3), 7, np.uint8), np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    dataset = read([flat, rough], ["flat", "rough"])
    file = tmp_path / "features.parquet"
    table = embed(dataset, INFO, cache=tmp_path / "cache")
    vectors = table.read()
    write_parquet(file, dataset, table)
    assert np.isnan(vectors[0]).all()
    assert np.isfinite(vectors[1]).all()
    _, back = read_parquet(file)
    np.testing.assert_array_equal(back.read(), vectors)


def test_a_file_with_half_a_local_descriptor_is_refused(tmp_path: Path) -> None:
    import pyarrow.parquet

    dataset = read([np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)] * 2, ["a", "b"])
    file = tmp_path / "features.parquet"
    write_parquet(file, dataset, embed(dataset, INFO, cache=tmp_path / "cache"))
    content = pyarrow.parquet.read_table(file)
    index = content.schema.get_field_index("sift.local")
    values = np.stack(content["sift.local"].to_numpy()).copy()
    values[1, 5] = np.nan
    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.ravel()), values.shape[1])
    pyarrow.parquet.write_table(content.set_column(index, content.schema.field(index), column), file)
    with pytest.raises(DataError, match=r"finite numbers .* row 1 has others in column sift\.local"):
        read_parquet(file)
