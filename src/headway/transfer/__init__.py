"""The conditions of transfer: how similar images are to those of ImageNet, and which of four cases that makes it."""
