"""From labelled pictures to an evaluated model: the main job.

::

    run          reads, embeds, splits, searches, refits, tests, composes
    summary      the report of it, and what a model file says of itself
"""

from headway.fitting.run import FEW_PICTURES, fit

__all__ = ["FEW_PICTURES", "fit"]
