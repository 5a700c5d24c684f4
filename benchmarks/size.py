"""Download and installed size of the core, in a fresh environment.

python benchmarks/size.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def spared_megabytes(wheels: Path) -> dict[str, float]:
    """Return what each dependency of Headway's own brings that no other one needs."""
    sizes, needs = {}, {}
    for path in wheels.iterdir():
        with zipfile.ZipFile(path) as wheel:
            (metadata,) = (one for one in wheel.namelist() if one.endswith(".dist-info/METADATA"))
            text = wheel.read(metadata).decode()
        required = [line.partition(":")[2] for line in text.splitlines() if line.startswith("Requires-Dist:")]
        name = path.name.partition("-")[0].lower().replace("_", "-")
        sizes[name] = path.stat().st_size / 1e6
        needs[name] = {
            NAME.match(one.strip())[0].lower().replace("_", "-") for one in required if "extra ==" not in one
        }

    def total(left_out: str) -> float:
        found, waiting = set(), ["headway"]
        while waiting:
            name = waiting.pop()
            if name != left_out and name in sizes and name not in found:
                found.add(name)
                waiting += needs[name]
        return sum(sizes[name] for name in found)

    return {name: total("") - total(name) for name in needs["headway"]}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pip = [sys.executable, "-m", "pip"]
        subprocess.run([*pip, "wheel", "-q", "-w", str(folder / "wheels"), str(ROOT)], check=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
        target = next((folder / "venv" / "lib").iterdir()) / "site-packages"
        install = [*pip, "install", "-q", "--no-index", "--find-links", str(folder / "wheels"), "--target", str(target)]
        subprocess.run([*install, "--upgrade", "headway"], check=True)
        download, installed = megabytes(folder / "wheels"), megabytes(target)
        print(f"download {download:.0f} MB, {download / 165:.2f} of the bound of 165 MB")
        for path in sorted((folder / "wheels").iterdir(), key=lambda path: -path.stat().st_size)[:12]:
            print(f"  {path.name.split('-')[0]:24} {path.stat().st_size / 1e6:6.1f} MB")
        print("without one of the dependencies, and what only it brings, there would be less by")
        for name, spared in sorted(spared_megabytes(folder / "wheels").items(), key=lambda item: -item[1]):
            print(f"  {name:24} {spared:6.1f} MB")
        print(f"installed {installed:.0f} MB (with compiled bytecode), {installed / 600:.2f} of the bound of 600 MB")
        for path in sorted(target.iterdir(), key=lambda path: -megabytes(path) if path.is_dir() else 0)[:10]:
            print(f"  {path.name:24} {megabytes(path):6.1f} MB")


if __name__ == "__main__":
    main()
