"""Splits into training and test parts, and folds for cross-validation.

Everything here is a function of its arguments alone. What is dealt out is a unit: an image, or all images of a group.
Units stand in the order of a hash of their content and the seed, so neither names nor the order of the images matter,
nor the numbers by which groups are called, only which images share one; and an image more or less leaves the others
in their order.
"""

from headway.splits.cross_validation import folds as folds
from headway.splits.groups import by_appearance as by_appearance
from headway.splits.groups import merge_groups as merge_groups
from headway.splits.groups import repeats as repeats
from headway.splits.parts import NAMES as NAMES
from headway.splits.parts import TEST as TEST
from headway.splits.parts import TRAIN as TRAIN
from headway.splits.parts import VALIDATION as VALIDATION
from headway.splits.parts import Split as Split
from headway.splits.parts import deal as deal
from headway.splits.parts import split as split
from headway.splits.uneven import uneven as uneven
