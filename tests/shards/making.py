"""Sources and data sets for the tests of feature data sets."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from headway.cli.main import run
from headway.shards.manifest import Manifest, read_manifest

TINY = ("--backbone", "tiny", "--precision", "fp32")


def embed(source: Path | str, dest: Path | str, *words: str, code: int = 0) -> None:
    """Run ``headway embed SOURCE -o DEST/``."""
    assert run(["embed", str(source), "-o", f"{dest}/", *TINY, *words]) == code


def rows_of(dest: Path) -> dict[str, list[Any]]:
    """Return the columns of all shards that the manifest names, in its order."""
    tables = [pq.read_table(dest / shard.file) for shard in read_manifest(dest).shards]
    columns = [{name: table[name].to_pylist() for name in table.column_names} for table in tables]
    return {name: [value for each in columns for value in each[name]] for name in columns[0]}


def unreadable_of(dest: Path) -> dict[str, str]:
    """Return the pictures that could not be read, and why."""
    tables = [pq.read_table(path).to_pydict() for path in sorted(dest.glob("unreadable-*.parquet"))]
    return {path: reason for each in tables for path, reason in zip(each["path"], each["reason"], strict=True)}


def files_of(dest: Path) -> dict[str, int]:
    """Return the files of a data set and when they were written."""
    return {path.name: path.stat().st_mtime_ns for path in dest.glob("*.parquet")}


def check_whole(dest: Path, pictures: Path) -> Manifest:
    """Check that every picture of a folder has one row, and that no file is left over."""
    manifest = read_manifest(dest)
    rows = rows_of(dest)
    assert sorted(rows["path"]) == sorted(map(str, pictures.rglob("*.png")))
    named = {shard.file for shard in manifest.shards}
    assert {path.name for path in dest.iterdir() if not path.name.startswith(".")} == {*named, "manifest.json"}
    assert not list(dest.glob(".headway-*.part"))
    return manifest


def png(shade: int, size: int = 12) -> bytes:
    """Return the bytes of a grey picture with a little noise."""
    from PIL import Image

    rng = np.random.default_rng(shade)
    pixels = np.clip(shade + rng.normal(0, 9, (size, size, 3)), 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write_tar(path: Path, members: list[tuple[str, bytes]]) -> Path:
    """Write a tar file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def samples(first: int, count: int, label: str = "cls") -> list[tuple[str, bytes]]:
    """Return members of a WebDataset: pictures with a label each."""
    members = []
    for number in range(first, first + count):
        name = "cat" if number % 3 else "dog"
        text = {"cls": name, "txt": name, "json": json.dumps({"label": name, "id": number})}[label]
        members += [(f"{number:05d}.png", png(number)), (f"{number:05d}.{label}", text.encode())]
    return members


def write_image_parquet(path: Path, first: int, count: int, *, hugging_face: bool, group: int = 100) -> Path:
    """Write a Parquet file with pictures, as plain bytes or as Hugging Face has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    contents = [png(number) for number in numbers]
    if hugging_face:
        images = pa.array([{"bytes": each, "path": f"{n}.png"} for n, each in zip(numbers, contents, strict=True)])
        labels = pa.array([-1 if n == first else n % 2 for n in numbers], pa.int64())
        names = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
        table = pa.table({"image": images, "label": labels}).replace_schema_metadata({"huggingface": json.dumps(names)})
    else:
        table = pa.table({"image": pa.array(contents, pa.binary()), "class": [str(n % 2) for n in numbers]})
    pq.write_table(table, path, row_group_size=group)
    return path


def upload(place: Any, folder: Path) -> None:
    """Copy the files of a folder to object storage."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with place.adding(path.relative_to(folder).as_posix()) as file:
                file.write(path.read_bytes())
