"""What more images would bring: arrays in, facts out.

::

    curve            learning_curve: all of it
    subsets          smaller training parts that contain each other
    measuring        accuracy with each of them
    families         shapes that learning curves have
    extrapolation    accuracy with more images than there are
    classes          which class gains by more images of its own
"""

from headway.forecast.curve import USUAL_C as USUAL_C
from headway.forecast.curve import learning_curve as learning_curve
from headway.forecast.measuring import Measured as Measured
from headway.forecast.measuring import measure as measure
