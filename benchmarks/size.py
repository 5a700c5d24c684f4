"""Download and installed size of the core, in a fresh environment.

python benchmarks/size.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


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
        for path in sorted((folder / "wheels").iterdir(), key=lambda path: -path.stat().st_size)[:10]:
            print(f"  {path.name.split('-')[0]:24} {path.stat().st_size / 1e6:6.1f} MB")
        print(f"installed {installed:.0f} MB (with compiled bytecode), {installed / 600:.2f} of the bound of 600 MB")
        for path in sorted(target.iterdir(), key=lambda path: -megabytes(path) if path.is_dir() else 0)[:10]:
            print(f"  {path.name:24} {megabytes(path):6.1f} MB")


if __name__ == "__main__":
    main()
