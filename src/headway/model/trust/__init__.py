"""What a model file must pass before any of it is used. Its digest is not a signature: anybody can make one.

::

    graph        the form of a graph that Headway writes; `headway.backbones.bounds` walks over its nodes
    report       the facts in the metadata
"""

from headway.model.trust.graph import check_graph
from headway.model.trust.report import check_report

__all__ = ["check_graph", "check_report"]
