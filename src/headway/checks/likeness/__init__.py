"""The search for near copies: candidates by features and pixels, confirmed by the pixels, in groups and chains.

::

    engine        near_copies: the whole way
    nearest       exact search for the nearest pairs of many vectors
    cells         nearly exact search among very many
    squares       candidates by squares of pixels
    windows       grey squares, and windows of them
    aligning      windows that fit to a fraction of a pixel
    confirming    whether one image shows the same as another
    colours       and whether its colours are the same
    grouping      groups and chains
    remembering   the answer, in the store
"""

from headway.checks.likeness.engine import NearCopies as NearCopies
from headway.checks.likeness.engine import near_copies as near_copies
