"""The one table of the outputs is what files, checks and documentation go by."""

from __future__ import annotations

from pathlib import Path

from headway import Model
from headway.model.outputs import OUTPUTS, output_width

ROOT = Path(__file__).parents[2]


def test_the_graph_has_the_outputs_of_the_table(fitted: Model) -> None:
    assert [output.name for output in fitted.proto.graph.output] == [output.name for output in OUTPUTS]
    for output in OUTPUTS:
        assert output_width(fitted.proto, output.name) == output.width(fitted.head, fitted.width)


def test_every_output_is_computed_by_a_node_of_its_name(fitted: Model) -> None:
    names = {node.name for node in fitted.proto.graph.node}
    assert {output.name for output in OUTPUTS} <= names


def test_every_output_is_documented() -> None:
    page = (ROOT / "docs" / "model.md").read_text()
    for output in OUTPUTS:
        assert f"| `{output.name}` | output | float32 (N, {output.axis})" in page
