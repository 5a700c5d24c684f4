"""One way to open whatever turns pictures into vectors."""

from __future__ import annotations

import subprocess
import sys

from headway.backbones import Engine, find, open_engine
from headway.backbones.handmade.engine import DescriptorEngine


def test_a_network_is_run_by_openvino_and_a_descriptor_is_computed() -> None:
    assert isinstance(open_engine(find("tiny"), ["head.mean"], "fp32"), Engine)
    assert isinstance(open_engine(find("colour"), ["colour"], "fp32"), DescriptorEngine)


def test_descriptors_are_always_fp32() -> None:
    assert open_engine(find("colour"), ["colour"], "bf16").precision == "fp32"


def test_no_heavy_library_is_loaded_before_it_is_used() -> None:
    program = (
        "import sys; from headway.backbones import find, open_engine; find('handmade'); "
        "open_engine(find('colour'), ['colour'], 'fp32'); "
        "print([name for name in ('cv2', 'mahotas', 'openvino', 'scipy', 'skimage') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
