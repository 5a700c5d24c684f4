"""What a model's file must be before any of it is used. Its digest is no signature: whoever makes a file can forge it.

::

    graph        one walk over the nodes, before OpenVINO sees them: what they may hold, read, take
    rules        which operators there are, and what each does to the shapes
    ├── layers       convolutions, products, pooling, normalisation
    ├── reshaping    what moves numbers and does not change them
    └── values       what a rule is told, and how it refuses
    metadata     the entries that Headway reads

Every shape is worked out at one picture, by one rule to an operator, and whatever the rules do not know is refused.
What is left can name no file, run no code, end in no cycle, and ask for no more memory and time than the bounds allow.
"""

from headway.model.trust.graph import check_graph
from headway.model.trust.metadata import check_metadata

__all__ = ["check_graph", "check_metadata"]
