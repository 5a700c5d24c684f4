"""Lists of fixes: what a person decided about pictures, as a table, and what becomes of a data set by it.

::

    table      the file: reading it, and adding to it without changing a row
    files      what a picture is called in it
    applying   data set + decisions → data set
"""

from headway.dataset.fixes.applying import apply_fixes as apply_fixes
from headway.dataset.fixes.files import file_cells as file_cells
from headway.dataset.fixes.table import COLUMNS as COLUMNS
from headway.dataset.fixes.table import FixList as FixList
from headway.dataset.fixes.table import is_fix_list as is_fix_list
from headway.dataset.fixes.table import new_list as new_list
from headway.dataset.fixes.table import read_fixes as read_fixes
