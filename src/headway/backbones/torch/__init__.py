"""Backbones in PyTorch, from their ONNX files: to be trained, and to be run on a GPU.

::

    engine       TorchEngine: the network on a GPU
    graph        part of an ONNX graph as a module, and the way back into the file
    operators    what each ONNX operator is in PyTorch
    convolution  convolutions as matrix products, where that is quicker to train
"""
