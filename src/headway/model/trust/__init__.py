"""What a model file must pass before any of it is used. Its digest is not a signature: anybody can make one.

::

    graph        one walk over the nodes, before OpenVINO sees them: what they may hold, read, take
    rules        the operators, each with the rule for its output shape
    ├── layers       convolutions, products, pooling, normalisation
    ├── reshaping    operators that rearrange numbers
    └── values       what rules work with, and how they refuse
    report       the facts in the metadata

Every shape is computed for one picture, by one rule per operator, and whatever the rules do not know is refused.
What passes can name no file, run no code, end in no cycle, and take no more memory and time than the bounds allow.
"""

from headway.model.trust.graph import check_graph
from headway.model.trust.report import check_report

__all__ = ["check_graph", "check_report"]
