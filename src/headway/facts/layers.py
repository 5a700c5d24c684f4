"""The layers of a network: the document of ``headway backbones show --json`` and ``headway info --layers --json``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A layer of a network.

    Parameters
    ----------
    name : str
        As the network's library calls it, or by its kind and number.
    kind : str
        What it computes: ``"Conv 3×3"``, ``"MaxPool 2×2"``; for a network of Keras, the name of the class.
    shape : tuple of int
        Of what it gives for one picture; of a map, height, width and channels.
    parameters : int
        Numbers that were learned.
    trained : bool
        In a model, whether they were learned in its fit; of a backbone, whether ``--finetune last-block`` trains them.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    trained: bool = False


@dataclass(frozen=True, kw_only=True)
class LayersReport:
    """A network, layer by layer.

    Parameters
    ----------
    schema : int
        Number of this form.
    network : str
        Name of the backbone, or the file of the model.
    is_model : bool
        Whether it is a model, with its head, or a backbone.
    layers : tuple of Layer
        From the picture on.
    parameters, trained, frozen : int
        Of all layers, of those that are trained, and of the others.
    cut : str or None
        Of a backbone, the last layer that ``--finetune last-block`` leaves as it is; of a model, the last one that its
        fit left as it was. None where there is none, or it is not known without PyTorch.
    """

    schema: int = 1
    network: str
    is_model: bool
    layers: tuple[Layer, ...]
    parameters: int
    trained: int
    frozen: int
    cut: str | None

    @classmethod
    def of(cls, network: str, layers: tuple[Layer, ...], *, is_model: bool) -> LayersReport:
        """Count the parameters of layers, those that are trained being the last."""
        total, trained = (sum(layer.parameters for layer in some) for some in (layers, _trained(layers)))
        before = [layer.name for layer in layers if not layer.trained]
        return cls(
            network=network,
            is_model=is_model,
            layers=layers,
            parameters=total,
            trained=trained,
            frozen=total - trained,
            cut=before[-1] if before and trained else None,
        )


def _trained(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(layer for layer in layers if layer.trained)
