"""What transformers' image processors make of a colour and of a picture's sides, for tests/backbones/hub.

pip install transformers torch torchvision
python scripts/processor_values.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.backbones.hub.configurations import COLOUR, PROCESSORS


def main() -> None:
    import transformers

    print(f"# transformers {transformers.__version__}")
    picture = np.full((300, 500, 3), COLOUR, np.uint8)
    for name, (kind, said) in PROCESSORS.items():
        processor = getattr(transformers, kind)(**said)
        values = np.asarray(processor(picture, return_tensors="np")["pixel_values"])[0]
        middle = values[:, values.shape[1] // 2, values.shape[2] // 2]
        print(f'    "{name}": ({values.shape[1:]}, {[round(float(value), 5) for value in middle]}),')


if __name__ == "__main__":
    main()
