"""A result as a page that can be shown: one HTML file, complete in itself (docs/report.md).

::

    gathering     fits, evaluations, audits and studies → pictures: predictions, thumbnails, a map
    fit           facts of a fit → sections; so do audit, evaluation, comparison, features and depths
    findings      what checks found in the data, with pictures
    shared        sections that several of them have
    matrix        the confusion matrix, and the pictures in its cells
    mapping       the map, as paths
    drawings      drawings of headway.drawing, with what is said of them
    parts         what sections are made of
    page          sections → HTML, by the templates; writes the file
    naming        names that may leave the machine
"""

from headway.reporting.audit import audit_page
from headway.reporting.comparison import comparison_page
from headway.reporting.depths import depths_page
from headway.reporting.evaluation import evaluation_page
from headway.reporting.features import features_page
from headway.reporting.fit import fit_page
from headway.reporting.gathering import of_audit, of_evaluation, of_fit, of_study
from headway.reporting.page import check_report, to_html, write_report
from headway.reporting.pictures import Pictures

__all__ = [
    "Pictures",
    "audit_page",
    "check_report",
    "comparison_page",
    "depths_page",
    "evaluation_page",
    "features_page",
    "fit_page",
    "of_audit",
    "of_evaluation",
    "of_fit",
    "of_study",
    "to_html",
    "write_report",
]
