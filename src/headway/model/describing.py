"""What a model's file says of itself: ``headway info``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.model.file import FORMAT

if TYPE_CHECKING:
    from headway.facts.documents import ModelReport, Tensor
    from headway.model.core import Model


def describe(model: Model) -> ModelReport:
    """Return the facts of a model's file.

    Examples
    --------
    >>> import headway
    >>> model = headway.fit(headway.demo.pictures(), backbone="tiny")
    >>> [tensor.name for tensor in describe(model).outputs]
    ['probabilities', 'embedding']
    >>> describe(model).inputs[0].shape
    ('N', 32, 32, 3)
    """
    from headway.facts.documents import ModelReport

    return ModelReport(
        model=model.name,
        bytes=len(model.content),
        format=FORMAT,
        inputs=tuple(map(_tensor, model.proto.graph.input)),
        outputs=tuple(map(_tensor, model.proto.graph.output)),
        report=model.report.to_publish(),
    )


def _tensor(declared: Any) -> Tensor:
    from onnx import helper

    from headway.facts.documents import Tensor

    kind = declared.type.tensor_type
    dtype = helper.tensor_dtype_to_np_dtype(kind.elem_type)
    shape = tuple(side.dim_param or int(side.dim_value) for side in kind.shape.dim)
    return Tensor(declared.name, str(dtype), shape)
