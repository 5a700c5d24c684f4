"""What a model file must pass before any of it is used. Its digest is not a signature: anybody can make one.

::

    graph        the form of a graph that Headway writes; `headway.backbones.bounds` walks over its nodes
    report       the facts in the metadata
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.lazily import lazily

if TYPE_CHECKING:
    from headway.model.trust.graph import check_graph as check_graph
    from headway.model.trust.report import check_report as check_report

__getattr__, __all__ = lazily(
    __name__, {"headway.model.trust.graph": "check_graph", "headway.model.trust.report": "check_report"}
)
