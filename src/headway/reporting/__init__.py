"""A result as a page that can be shown: one HTML file, complete in itself (docs/report.md).

::

    gathering     fits, evaluations and studies → pictures: predictions, thumbnails, a map
    fit           facts of a fit → sections; so do evaluation, comparison, features and depths
    shared        sections that several of them have
    matrix        the confusion matrix, and the pictures in its cells
    mapping       the map, as paths
    drawings      drawings of headway.drawing, with what is said of them
    parts         what sections are made of
    page          sections → HTML, by the templates; writes the file
    naming        names that may leave the machine
"""

from headway.reporting.comparison import comparison_page
from headway.reporting.depths import depths_page
from headway.reporting.evaluation import evaluation_page
from headway.reporting.features import features_page
from headway.reporting.fit import fit_page
from headway.reporting.gathering import of_evaluation, of_fit, of_study
from headway.reporting.page import check_report, to_html, write_report
from headway.reporting.pictures import Pictures

__all__ = [
    "Pictures",
    "check_report",
    "comparison_page",
    "depths_page",
    "evaluation_page",
    "features_page",
    "fit_page",
    "of_evaluation",
    "of_fit",
    "of_study",
    "to_html",
    "write_report",
]
