"""From labelled images to an evaluated model: the main job.

::

    run          open, divide, train, test, compose: enters each of the others once
    refusals     what is refused before that
    division     which of the images are learned from, and which are tested on
    frozen       trains a head on the features of a network that stays as it is
    ladder       what a budget buys: further networks, views and sizes
    trained      trains the network, too, or a small one from scratch
    alternatives what a comparison of the same images measured, beside the model
    cache        what comparisons left on disk
    report       the facts of all that
    outcome      what the steps hand on, and what a fit gives back
"""

from headway.fitting.ladder import ladder_of
from headway.fitting.outcome import Fitted, HeldOut
from headway.fitting.run import fit, fit_in_steps, fit_recipe

__all__ = ["Fitted", "HeldOut", "fit", "fit_in_steps", "fit_recipe", "ladder_of"]
