"""Backbones in PyTorch, from their ONNX files: to be trained, and to be run on a GPU.

::

    engine       TorchEngine: the network on a GPU
    lanes        what it asks of a device, of CUDA and of the CPU
    repeating    a network that is captured once, and replayed
    halving      weights in bfloat16
    memory       how many images a batch has, and whether memory ran out
    graph        part of an ONNX graph as a module, and the way back into the file
    operators    what each ONNX operator is in PyTorch
    convolution  convolutions as matrix products, where that is quicker to train
"""
