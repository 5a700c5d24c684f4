"""Copies of the carried pictures, as files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

import headway

CHANGES = ("saved again", "half the size", "mirrored", "cropped", "darker", "lossless", "same file")


def carried(folder: Path) -> Path:
    """The carried pictures as files in class folders."""
    for file in sorted(Path(headway.demo.pictures()).rglob("*.*")):
        if file.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"}:
            target = folder / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return folder


def opened(file: Path) -> Image.Image:
    """A picture as Headway reads it: on white."""
    image = Image.open(file).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def plant(file: Path, change: str, folder: Path | None = None) -> Path:
    """A changed copy of a picture, beside it or in another folder."""
    target = (folder or file.parent) / f"copy of {file.stem}{file.suffix if change == 'same file' else '.png'}"
    if change == "same file":
        shutil.copy(file, target)
        return target
    if change == "lossless":
        Image.open(file).save(target, compress_level=1)
        return target
    image = opened(file)
    if change == "saved again":
        target = target.with_suffix(".jpg")
        image.save(target, quality=50)
        return target
    width, height = image.size
    if change == "half the size":
        image = image.resize((width // 2, height // 2))
    elif change == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif change == "cropped":
        image = image.crop((width // 20, 0, width // 20 + width * 9 // 10, height * 9 // 10))
    elif change == "darker":
        image = ImageEnhance.Brightness(image).enhance(0.8)
    image.save(target, compress_level=1)
    return target


def some(folder: Path, count: int, seed: int = 0) -> list[Path]:
    files = sorted(folder.rglob("*.*"))
    return [files[place] for place in np.sort(np.random.default_rng(seed).choice(len(files), count, replace=False))]
