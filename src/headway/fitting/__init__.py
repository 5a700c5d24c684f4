"""From labelled pictures to an evaluated model: the main job.

::

    run          reads, embeds, divides, learns, tests, composes
    division     which of the pictures are learnt from, and which are tested on
    frozen       learns a head on the features of a network that stays as it is
    trained      learns the network, too, or a small one from scratch
    outcome      what was learnt, and what a fit gives back
    summary      the report of it, and what a model file says of itself
"""

from headway.fitting.outcome import Fitted, OutOfFold
from headway.fitting.run import fit, learn

__all__ = ["Fitted", "OutOfFold", "fit", "learn"]
