"""Recall and precision of the search for near copies, with pHash beside it; and its speed.

    python benchmarks/near_copies.py ROOT [DATA …] [--pictures 100] [--subset N]       # class folders of elpv, clip12, fmnist10k in ROOT
    python benchmarks/near_copies.py speed [--vectors 10000 100000]

Of each data set (or `--subset` pictures of it, drawn by seed 5) `--pictures` others are changed in each of twelve ways, and each changed picture is added as a copy.
So each original has one copy (`--all-of-each`: the same pictures are changed in all ways, so that look-alikes come in thirteens). Recall is the part of the copies that is
confirmed as near to its original. What else is confirmed between pictures that do not come
from one original is natural copies or false: `--sheet FOLDER` draws some of those pairs, to be looked at. pHash is the 64-bit
hash by the discrete cosine transform of 32 x 32 grey levels, near at a distance of at most 10.
"""

from __future__ import annotations

import argparse
import io
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import headway
from headway.checks import Context
from headway.checks.likeness.indexing import approximate_pairs
from headway.checks.likeness.nearest import nearest_pairs, reduce
from headway.checks.likeness.windows import grey
from headway.dataset import Dataset, read
from headway.embedding.pipeline import decode

_LARGEST = 1000  # pixels, the side that originals are brought to before they are changed


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def jpeg(quality: int) -> Callable[[Image.Image, np.random.Generator], bytes]:
    def change(image: Image.Image, _: np.random.Generator) -> bytes:
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality)
        return stream.getvalue()

    return change


def resize(factor: float) -> Callable[[Image.Image, np.random.Generator], bytes]:
    return lambda image, _: png(
        image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS)
    )


def brighten(factor: float) -> Callable[[Image.Image, np.random.Generator], bytes]:
    return lambda image, _: png(image.point(lambda value: min(255, round(value * factor))))


def mirror(image: Image.Image, _: np.random.Generator) -> bytes:
    return png(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def crop(image: Image.Image, random: np.random.Generator) -> bytes:
    width, height = round(image.width * 0.9), round(image.height * 0.9)
    left, top = random.integers(0, image.width - width + 1), random.integers(0, image.height - height + 1)
    return png(image.crop((left, top, left + width, top + height)))


CHANGES = {
    **{f"JPEG {quality}": jpeg(quality) for quality in (30, 50, 70, 90)},
    **{f"size × {factor}": resize(factor) for factor in (0.5, 0.75, 1.5, 2)},
    "mirrored": mirror,
    "cropped to 90 %": crop,
    "20 % darker": brighten(0.8),
    "20 % brighter": brighten(1.2),
}


def opened(picture: object) -> Image.Image:
    image = Image.open(picture)  # type: ignore[arg-type]
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white.convert("RGB")
    image.thumbnail((_LARGEST, _LARGEST))
    return image


def phash(picture: object) -> int:
    from scipy.fft import dctn

    levels = grey(decode(picture, 32, "squash")[None])[0]  # type: ignore[arg-type]
    low = dctn(levels)[:8, :8].ravel()
    return int("".join("01"[int(bit)] for bit in low > np.median(low)), 2)


def measure(folder: Path, pictures: int, sheet: str | None, subset: int | None, all_of_each: bool) -> None:
    dataset = read(folder)
    if subset is not None and subset < len(dataset):
        dataset = dataset.subset(np.sort(np.random.default_rng(5).choice(len(dataset), subset, replace=False)))
    table = headway.embed(dataset)
    dataset = dataset.subset(table.rows)
    names = headway.backbones.find(table.backbone).feature_sets["last"]
    random = np.random.default_rng(0)
    if all_of_each:
        rows = np.tile(np.sort(random.choice(len(dataset), pictures, replace=False)), len(CHANGES))
    else:
        rows = random.choice(len(dataset), len(CHANGES) * pictures, replace=False)
    changes = np.repeat(list(CHANGES), pictures)
    copies = [CHANGES[change](opened(dataset.pictures[row]), random) for change, row in zip(changes, rows, strict=True)]
    planted = Dataset(copies, dataset.labels[rows], dataset.classes)
    added = headway.embed(planted)
    assert len(added.rows) == len(planted)
    context = Context(
        data=Dataset([*dataset.pictures, *copies], np.concatenate([dataset.labels, planted.labels]), dataset.classes),
        hashes=[*table.hashes, *added.hashes],
        features=np.concatenate([table.read(names=names), added.read(names=names)]),
        facts=[*table.images(), *added.images()],
    )
    origin = np.concatenate([np.arange(len(dataset)), rows])
    started = time.process_time()
    context.thumbnails(np.arange(len(context)))
    decoding = time.process_time() - started
    started = time.process_time()
    found = context.near_copies
    seconds = time.process_time() - started
    near = set(map(tuple, found.pairs.tolist()))
    first = found.first
    same = origin[found.pairs[:, 0]] == origin[found.pairs[:, 1]]
    natural = np.unique(np.sort(origin[found.pairs[~same]], axis=1), axis=0)
    print(
        f"{folder.name}: {len(context):,} pictures, {seconds:.1f} s of processor time "
        f"and {decoding:.1f} s to decode, squares {found.squares}"
    )
    hashes = {row: phash(context.data.pictures[row]) for row in np.unique(rows).tolist()}
    recalls = {}
    for name in CHANGES:
        places = np.flatnonzero(changes == name)
        originals, own = rows[places], len(dataset) + places
        pairs = list(zip(first[originals].tolist(), first[own].tolist(), strict=True))
        hits = [a == b or (min(a, b), max(a, b)) in near for a, b in pairs]
        by_hash = [
            (phash(context.data.pictures[b]) ^ hashes[int(a)]).bit_count() <= 10
            for a, b in zip(originals, own, strict=True)
        ]
        recalls[name] = np.mean(hits)
        print(f"  {name:16} recall {np.mean(hits):.3f}   pHash {np.mean(by_hash):.3f}")
    values = [phash(picture) for picture in dataset.pictures[:3000]]
    bits = np.array([[value >> bit & 1 for bit in range(64)] for value in values], np.float32)
    distance = bits @ (1 - bits).T + (1 - bits) @ bits.T
    print(f"  pairs from one original {same.sum():,}, others {(~same).sum():,}, of {len(natural):,} pairs of originals; "
          f"pHash: {(np.triu(distance <= 10, 1)).sum():,} pairs among {len(values):,} originals")  # fmt: skip
    if sheet:
        draw(
            dataset,
            natural[np.random.default_rng(1).permutation(len(natural))[:24]],
            Path(sheet) / f"{folder.name}.png",
        )


def draw(dataset: Dataset, pairs: np.ndarray, file: Path, side: int = 180) -> None:
    page = Image.new("RGB", (4 * (2 * side + 10), -(-len(pairs) // 4) * (side + 4)), "red")
    for place, pair in enumerate(pairs.tolist()):
        for second, row in enumerate(pair):
            square = opened(dataset.pictures[row]).convert("RGB").resize((side, side))
            page.paste(square, (place % 4 * (2 * side + 10) + second * side, place // 4 * (side + 4)))
    page.save(file)


def speed(counts: list[int]) -> None:
    for count in counts:
        random = np.random.default_rng(0)
        basis = random.standard_normal((64, 1280)).astype(np.float32)
        features = random.standard_normal((count, 64)).astype(np.float32) @ basis
        features[1::100] = features[::100][: len(features[1::100])] + random.standard_normal(
            (len(features[1::100]), 1280)
        ).astype(np.float32)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        cpu, wall = time.process_time(), time.perf_counter()
        pairs = set(map(tuple, nearest_pairs(reduce(features), most=10, least=0.5).tolist()))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        planted = [(row, row + 1) for row in range(0, count - 1, 100)]
        cpu_index = time.process_time()
        near = set(map(tuple, approximate_pairs(reduce(features), most=10, least=0.5).tolist()))
        cpu_index = time.process_time() - cpu_index
        print(f"{count:,} vectors by index: {cpu_index:.1f} s of processor time, "
              f"recall {np.mean([pair in near for pair in planted]):.3f}")  # fmt: skip
        print(f"{count:,} vectors: {cpu:.1f} s of processor time, {wall:.1f} s, {peak / 1024:.0f} MB more, "
              f"recall {np.mean([pair in pairs for pair in planted]):.3f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("data", nargs="*", default=["elpv", "clip12", "fmnist10k"])
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--subset", type=int)
    parser.add_argument("--sheet")
    parser.add_argument("--all-of-each", action="store_true")
    parser.add_argument("--vectors", type=int, nargs="*", default=[10_000, 100_000])
    given = parser.parse_args()
    if given.root == "speed":
        speed(given.vectors)
        return
    for name in given.data:
        measure(Path(given.root) / name, given.pictures, given.sheet, given.subset, given.all_of_each)


if __name__ == "__main__":
    main()
