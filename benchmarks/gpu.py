"""How near a GPU comes to the slower of decoding and the network, and whether its features are the CPU's.

    python benchmarks/gpu.py                                   # on a machine with an NVIDIA GPU and 'headway[torch]'
    python benchmarks/gpu.py --device cpu --pictures 24 --only efficientnet_lite0 resnet50      # that the script runs
    python benchmarks/gpu.py --pixels FOLDER [--pictures 200]  # what another decoder and resizing change; no GPU needed

Pictures are JPEG of 500 × 375, made from a seed. Decoding alone (a thread per core, hashing and facts as `embed` has
them), the network alone (decoded pictures, copied to the GPU as bytes) and both together, as `headway embed --device
cuda` does it but for the store, take turns; medians are compared. Before they are timed each runs once, so that the
network is captured. Weights are random but for the carried network: they do not change the speed, and features are
compared with OpenVINO's in fp32 on the same pixels, beside OpenVINO's own bf16. Differences are in standard deviations
of a feature over pictures.

`--pixels` asks whether a GPU could decode: every picture of FOLDER, saved as JPEG, is decoded in full and resized as a
GPU would do it, and as Headway does it. The decoder is the CPU's in both, so what nvJPEG changes comes on top.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from embed import make
from PIL import Image

from headway.backbones import BackboneInfo, Engine, FeatureEngine, find, obtain, read
from headway.cores import cpu_count
from headway.embedding.extractor import Item, extract
from headway.errors import HeadwayError
from headway.images import load
from headway.session import Session
from headway.types import Silent

NETWORKS = {
    "efficientnet_lite0": "efficientnet_lite0",
    "resnet50": "resnet50",
    "vit_large": "timm:vit_large_patch16_224",
}
COMPARED = 32  # pictures of which features are compared
JPEG_QUALITY = 87
JPEG_GAP = 1.5  # of the decoding policy: libjpeg reduces where so many times the final size are left
LARGEST_SIDE = 6_000  # pixels of a picture whose decoding is compared


class Told(Silent):
    """Prints what the engine says of itself."""

    def note(self, message: str) -> None:
        print(f"  note: {message}", flush=True)


def opened(info: BackboneInfo, content: bytes, device: str) -> FeatureEngine:
    from headway.backbones.torch.engine import TorchEngine
    from headway.backbones.torch.lanes import Cpu, Cuda

    return TorchEngine(content, ["head.mean"], "bf16", Cuda() if device == "cuda" else Cpu(), Told())


def rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def decoding(paths: list[str], size: int) -> None:
    for outcome in extract(items(paths), size=size, resize="squash", open_engine=None):
        assert outcome.reason is None, outcome.reason


def together(paths: list[str], size: int, engine: FeatureEngine) -> None:
    for outcome in extract(items(paths), size=size, resize="squash", open_engine=lambda: engine):
        assert outcome.features is not None, outcome.reason


def network(sample: np.ndarray, count: int, engine: FeatureEngine) -> None:
    for _ in engine.map((None, sample[number % len(sample)][np.newaxis]) for number in range(count)):
        pass


def items(paths: list[str]) -> Iterator[Item]:
    return (Item(row, path) for row, path in enumerate(paths))


def operations(engine: Any, sample: np.ndarray) -> int:
    """Count what is asked of the device for a batch that is not captured."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Counter(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.count += "view" not in str(function) and "item" not in str(function)
            return function(*args, **(kwargs or {}))

    with Counter() as counter:
        engine.run(sample[:1])
    return counter.count


def difference(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Say how far features are from others: cosines, and the largest difference."""
    cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    spread = np.median(theirs.std(axis=0)) or 1.0
    largest, usual = np.abs(ours - theirs).max() / spread, np.abs(ours - theirs).mean() / spread
    return (
        f"cosine {cosines.min():.5f} to {cosines.max():.5f}, differences {usual:.4f} on average, {largest:.3f} at most"
    )


def measure(name: str, info: BackboneInfo, content: bytes, paths: list[str], given: argparse.Namespace) -> None:
    size = info.input_size
    engine = opened(info, content, given.device)
    sample = np.stack([load(path, size, "squash") for path in paths[: max(COMPARED, 64)]])
    print(f"{name}: {info.parameters / 1e6:.1f} million parameters, {size} × {size}", flush=True)
    count = len(paths)
    works: dict[str, Callable[[], object]] = {
        "decoding": lambda: decoding(paths, size),
        "network": lambda: network(sample, count, engine),
        "together": lambda: together(paths, size, engine),
    }
    works["network"]()
    rates: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(given.runs):
        for what, work in works.items():
            rates[what].append(rate(count, work))
    medians = {what: statistics.median(values) for what, values in rates.items()}
    for what, values in rates.items():
        print(f"  {what:9} {medians[what]:8.1f} pictures/s   ({', '.join(f'{value:.1f}' for value in values)})")
    bound = min(medians["decoding"], medians["network"])
    print(f"  together / the slower of both: {medians['together'] / bound:.3f}")
    with mock.patch("headway.backbones.torch.engine.halve_weights"):
        before = operations(opened(info, content, given.device), sample)
    count_now = operations(engine, sample)
    print(
        f"  operations of a batch that is not captured: {count_now}; {before} where autocast rounds weights each time"
    )
    compared = sample[:COMPARED]
    wanted = Engine(content, ["head.mean"], "fp32").run(compared)
    print(f"  features against OpenVINO's in fp32: {difference(engine.run(compared), wanted)}")
    print(
        f"  OpenVINO's own in bf16:              {difference(Engine(content, ['head.mean'], 'bf16').run(compared), wanted)}"
    )


def as_a_gpu_would(jpeg: bytes, size: int, weights: Callable[[int, int], np.ndarray]) -> np.ndarray:
    """Decode in full, and resize in float32 by products with matrices, one for each axis."""
    with Image.open(io.BytesIO(jpeg)) as image:
        pixels = np.asarray(image.convert("RGB"), np.float32)
    rows, columns = weights(pixels.shape[0], size), weights(pixels.shape[1], size)
    resized = np.einsum("yh,hwc,xw->yxc", rows, pixels, columns, optimize=True)
    return np.clip(np.rint(resized), 0, 255).astype(np.uint8)


def filtered(kernel: Callable[[np.ndarray], np.ndarray]) -> Callable[[int, int], np.ndarray]:
    """Return what makes the matrix (after, before) of a resizing, antialiased, by a kernel of one pixel to each side."""

    def weights(before: int, after: int) -> np.ndarray:
        scale = max(before / after, 1)
        centres = (np.arange(after) + 0.5) * before / after
        matrix = kernel((np.arange(before) + 0.5 - centres[:, None]) / scale)
        return np.asarray(matrix / matrix.sum(1, keepdims=True), np.float32)

    return weights


def triangle(x: np.ndarray) -> np.ndarray:
    return np.clip(1 - np.abs(x), 0, None)


def hamming(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 1, np.sinc(x) * (0.54 + 0.46 * np.cos(np.pi * x)), 0)


def compare_pixels(folder: Path, most: int) -> None:
    info = find("efficientnet_lite0")
    size = info.input_size
    Image.MAX_IMAGE_PIXELS = None  # larger ones are left out below
    reduced: list[bytes] = []
    whole: list[bytes] = []
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    for place in np.random.default_rng(0).permutation(len(files)):
        with Image.open(files[place]) as image:
            if len(reduced) + len(whole) == most or min(image.size) < size or max(image.size) > LARGEST_SIDE:
                continue
            target = io.BytesIO()
            image.convert("RGBA").convert("RGB").save(target, "JPEG", quality=JPEG_QUALITY)
            (reduced if min(image.size) >= 2 * JPEG_GAP * size else whole).append(target.getvalue())
    print(f"{folder.name}, pictures of {size} pixels and more, as JPEG of quality {JPEG_QUALITY}; {info.name}")
    for what, jpegs in (("that libjpeg reduces", reduced), ("that are decoded in full", whole)):
        if jpegs:
            print(f"{len(jpegs)} {what}:")
            compare_ways(read(info), size, jpegs)


def compare_ways(content: bytes, size: int, jpegs: list[bytes]) -> None:
    exact, half = (Engine(content, ["head.mean"], precision) for precision in ("fp32", "bf16"))
    own = np.stack([load(jpeg, size, "squash") for jpeg in jpegs])
    wanted = exact.run(own)
    print(f"  bf16 on Headway's pixels:        {difference(half.run(own), wanted)}")
    for what, kernel in (("bilinear, antialiased:", triangle), ("Hamming, as Headway's:", hamming)):
        other = np.stack([as_a_gpu_would(jpeg, size, filtered(kernel)) for jpeg in jpegs])
        levels = np.abs(other.astype(int) - own).mean()
        print(f"  in full, {what:23} {difference(exact.run(other), wanted)}; {levels:.2f} levels", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--pixels", type=Path, help="compare ways to decode and resize the pictures of a folder")
    parser.add_argument("--cache", type=Path)
    given = parser.parse_args()
    if given.pixels:
        compare_pixels(given.pixels, given.pictures)
        return
    print(machine(given.device), flush=True)
    with tempfile.TemporaryDirectory() as temporary, Session.open(given.cache) as session:
        made = make(Path(temporary) / "small", min(given.pictures, 2_000), 500, 375)
        paths = [made[number % len(made)] for number in range(given.pictures)]  # the same again, decoded again
        for name in given.only:
            own = NETWORKS[name]
            info = find(own) if own == name == "efficientnet_lite0" else obtain(own, session, weights="random")
            measure(name, info, read(info, session.cache), paths, given)


def machine(device: str) -> str:
    """Name the machine; end in one line where there is no GPU."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("benchmarks/gpu.py: PyTorch sees no NVIDIA GPU here; --device cpu shows that the script runs")
    where = torch.cuda.get_device_name() if device == "cuda" else "no GPU: the same code on the CPU"
    return f"{platform.node()}: {where}, {cpu_count()} cores, load {os.getloadavg()[0]:.0f}, PyTorch {torch.__version__}, bf16"


if __name__ == "__main__":
    try:
        main()
    except HeadwayError as error:
        raise SystemExit(f"benchmarks/gpu.py: {error}") from error
