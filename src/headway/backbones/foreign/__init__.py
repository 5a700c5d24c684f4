"""A user's own ONNX file as a backbone.

A file that Headway converted, or one that already has the inputs and outputs of :mod:`headway.backbones.info`, is taken
as it is. Any other image network gets this preprocessing, and the outputs of a backbone:

===================================  ==================================================================
its one input                        what it gets
===================================  ==================================================================
float (N, 3, H, W) or (N, H, W, 3)   (x / 255 − mean) / std, of ImageNet, or of the file's metadata ``mean`` and ``std``
uint8 (N, 3, H, W) or (N, H, W, 3)   colours from 0 to 255, as they are
===================================  ==================================================================

Of a transformer the class token, the patches and a few blocks are read (`features`); shapes that exporters compute
become constants, so that the network can be part of a model (`settling`).

Of a model of Headway the head and the mirrored views are left out first (`unwrapping`).

The stages are the last maps of each size, as among the networks of PyTorch; the embedding is the network's output, or,
where that comes from a linear layer, the input of this layer.
"""

from headway.backbones.foreign.adopt import adopt

__all__ = ["adopt"]
