"""How much pictures are like those of ImageNet, by `headway compare`'s measure: is the order sensible?

    python benchmarks/similarity.py NAME=FOLDER [NAME=FOLDER …]     # e.g. drawings=clip12 "solar cells"=elpv

Beside the folders: photographs that come with scikit-learn, scikit-image, matplotlib and mahotas (ten, 16 random
crops of each), close-ups without things in them (brick, grass, gravel; tissue, retina, moon), and noise.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from headway.transfer import similarity

PHOTOGRAPHS = {
    "sklearn": ("datasets/images/china.jpg", "datasets/images/flower.jpg"),
    "skimage": tuple(f"data/{name}" for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")),
    "matplotlib": ("mpl-data/sample_data/grace_hopper.jpg",),
    "mahotas": ("demos/data/DepartmentStore.jpg", "demos/data/luispedro.jpg"),
}  # fmt: skip
CLOSE_UPS = {"skimage": tuple(f"data/{name}" for name in ("brick.png", "grass.png", "gravel.png"))}
MICROSCOPE = {"skimage": tuple(f"data/{name}" for name in ("ihc.png", "retina.jpg", "moon.png", "cell.png"))}
CROPS = 16


def shipped(packages: dict[str, tuple[str, ...]]) -> list[np.ndarray]:
    """Random crops, of 30 to 100 % of the area, of pictures that come with packages."""
    random = np.random.default_rng(0)
    crops = []
    for package, names in packages.items():
        spec = importlib.util.find_spec(package)
        for name in names:
            with Image.open(Path(spec.origin).parent / name) as opened:
                picture = opened.convert("RGB")
            for _ in range(CROPS):
                scale = random.uniform(0.3, 1) ** 0.5
                width, height = int(picture.width * scale), int(picture.height * scale)
                x, y = random.integers(picture.width - width + 1), random.integers(picture.height - height + 1)
                crops.append(np.asarray(picture.crop((x, y, x + width, y + height))))
    return crops


def main() -> None:
    sets = {
        "photographs": shipped(PHOTOGRAPHS),
        "close-ups": shipped(CLOSE_UPS),
        "microscope, retina, moon": shipped(MICROSCOPE),
    }
    sets["noise"] = list(np.random.default_rng(0).integers(0, 256, (32, 224, 224, 3)).astype(np.uint8))
    for argument in sys.argv[1:]:
        name, _, folder = argument.partition("=")
        sets[name] = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    measured = {name: similarity.measure(pictures) for name, pictures in sets.items()}
    print("pictures                    looked at   shift  peakedness  similarity")
    for name, found in sorted(measured.items(), key=lambda item: -item[1].similarity):
        numbers = f"{found.shift:7.3f}  {found.peakedness:10.3f}  {found.similarity:10.3f}"
        print(f"{name:28}{found.pictures:9} {numbers}  {'similar' if found.similar else 'different'}")


if __name__ == "__main__":
    main()
