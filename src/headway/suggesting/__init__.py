"""What to label next: the images of a pool without labels that are worth a person's time.

::

    run        suggest: read, leave out what is known, predict, choose, write
    choosing   features and probabilities → which images, in which order
    copies     images that add nothing to others of the pool
    writing    a table, or a folder of links
"""

from headway.suggesting.choosing import choose as choose
from headway.suggesting.choosing import margins as margins
from headway.suggesting.run import Suggestions as Suggestions
from headway.suggesting.run import suggest as suggest
from headway.suggesting.run import suggest_within as suggest_within
