"""The audit of a data set: its features, predictions out of fold, and every check."""

from headway.auditing.proposing import check_fixes_target as check_fixes_target
from headway.auditing.proposing import proposal_rows as proposal_rows
from headway.auditing.run import Audit as Audit
from headway.auditing.run import audit as audit
from headway.auditing.run import audit_within as audit_within
