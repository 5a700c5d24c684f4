"""What a model may be built of."""

from __future__ import annotations

import onnx
import pytest

from headway.errors import ModelError
from headway.model import check_backbone
from headway.testing import TINY, tiny_backbone_onnx


def test_a_network_that_no_model_may_hold_is_refused_before_any_work() -> None:
    network = onnx.load_model_from_string(tiny_backbone_onnx())
    check_backbone(TINY, network.SerializeToString(), TINY.depths)
    for node in network.graph.node:
        if node.op_type == "Relu":
            node.op_type = "Celu"
    with pytest.raises(ModelError, match=r"tiny cannot be part of a model, take another backbone: .*Celu"):
        check_backbone(TINY, network.SerializeToString(), TINY.depths)
