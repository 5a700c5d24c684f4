"""Cross-validated accuracy by way of fitting a picture into the square.

python benchmarks/resize.py DATA [DATA …]        # class folders
"""

from __future__ import annotations

import sys
from pathlib import Path

from headway import Recipe
from headway.fitting import fit


def main() -> None:
    for data in sys.argv[1:]:
        for resize in ("squash", "crop", "letterbox"):
            cv = fit(data, Recipe(resize=resize)).report.cross_validation
            print(f"{Path(data).name:10} {resize:10} accuracy {cv.accuracy:.4f} ± {cv.std:.4f}  "
                  f"log-loss {cv.log_loss:.4f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
