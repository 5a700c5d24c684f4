"""Recall and precision of the search for near copies, with pHash beside it; and its speed.

    python benchmarks/near_copies.py ROOT [DATA …] [--pictures 100] [--subset N]       # class folders of elpv, clip12, fmnist10k in ROOT
    python benchmarks/near_copies.py speed [--vectors 10000 100000] [--exact-up-to 300000]

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
from headway.checks.likeness.cells import nearly_all_pairs
from headway.checks.likeness.nearest import nearest_pairs
from headway.checks.likeness.windows import grey
from headway.dataset import Dataset, read
from headway.pipeline import decode

ASKED = 1500  # planted copies that recall is measured by
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


def speed(counts: list[int], exact_up_to: int) -> None:
    for count in counts:
        vectors, planted = vectors_with_copies(count)
        wanted = planted[np.random.default_rng(5).permutation(len(planted))[:ASKED]]
        wanted = wanted[are_nearest(vectors, wanted)]
        print(
            f"{count:,} vectors, of {min(ASKED, len(planted)):,} planted copies {len(wanted):,} among the ten nearest"
        )
        for name, search in (("by cells", nearly_all_pairs), ("exactly", nearest_pairs)):
            if name == "exactly" and count > exact_up_to:
                continue
            cpu, wall = time.process_time(), time.perf_counter()
            pairs = search(vectors, most=10, least=0.5)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            found = np.isin(wanted @ [count, 1], pairs @ [count, 1])
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
            print(f"  {name}: {cpu:.1f} s of processor time, {wall:.1f} s, {len(pairs):,} pairs, recall {found.mean():.4f}, "
                  f"at most {peak:,.0f} MB")  # fmt: skip


def vectors_with_copies(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors in a thousand clusters, and which of them are copies: of every 100th one, by a cosine of 0.7 to 0.99."""
    random = np.random.default_rng(0)
    scale = (1 / np.sqrt(1 + np.arange(64))).astype(np.float32)
    centres = random.standard_normal((1000, 64), dtype=np.float32)[random.integers(0, 1000, count)]
    vectors = (random.standard_normal((count, 64), dtype=np.float32) + centres) * scale
    vectors = vectors @ random.standard_normal((64, 128), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    one = np.arange(0, count - 1, 100)
    cosine = random.uniform(0.7, 0.99, (len(one), 1)).astype(np.float32)
    aside = vectors[random.integers(0, count, len(one))]  # as different as another picture
    aside -= (aside * vectors[one]).sum(axis=1, keepdims=True) * vectors[one]
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    vectors[one + 1] = cosine * vectors[one] + np.sqrt(1 - cosine**2) * aside
    return vectors, np.stack([one, one + 1], axis=1)


def are_nearest(vectors: np.ndarray, pairs: np.ndarray, most: int = 10) -> np.ndarray:
    """Say of which pairs one is among the nearest of the other."""
    likeness = (vectors[pairs[:, 0]] * vectors[pairs[:, 1]]).sum(axis=1)
    nearer = np.zeros(pairs.shape, np.int64)
    for start in range(0, len(vectors), 10_000):
        block = vectors[start : start + 10_000].T
        for side in (0, 1):
            nearer[:, side] += (vectors[pairs[:, side]] @ block > likeness[:, None] + 1e-6).sum(axis=1)
    return nearer.min(axis=1) <= most  # itself is nearer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("data", nargs="*", default=["elpv", "clip12", "fmnist10k"])
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--subset", type=int)
    parser.add_argument("--sheet")
    parser.add_argument("--all-of-each", action="store_true")
    parser.add_argument("--vectors", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--exact-up-to", type=int, default=300_000)
    given = parser.parse_args()
    if given.root == "speed":
        speed(given.vectors, given.exact_up_to)
        return
    for name in given.data:
        measure(Path(given.root) / name, given.pictures, given.sheet, given.subset, given.all_of_each)


if __name__ == "__main__":
    main()
