"""Numbered checks of a data set: arrays and facts in, findings out.

::

    running       runs checks, and gives what they found its final form
    table         all checks, with their numbers
    base          Check, Found, TooLittle: what a check is, gives, and answers where it cannot tell
    context       Context: what it may look at
    likeness/     the search for near copies
    files/        1xx  single files, and what of them follows the class
    copies/       2xx  identical and near copies
    labels/       3xx  wrong labels
    balance/      4xx  classes and parts
    fitness/      5xx  shortcuts

Each check is a module with a function ``run``; its docstring says what it finds, and by what evidence. The sentences
are in `headway.rendering.findings`, the description for users in ``docs/audit.md``.
"""

from headway.checks.base import Check as Check
from headway.checks.base import Found as Found
from headway.checks.base import Proposal as Proposal
from headway.checks.base import TooLittle as TooLittle
from headway.checks.context import Context as Context
from headway.checks.context import OutOfFold as OutOfFold
from headway.checks.running import Checked as Checked
from headway.checks.running import run_checks as run_checks
from headway.checks.running import select_checks as select_checks
from headway.checks.table import CHECKS as CHECKS
