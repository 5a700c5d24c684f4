"""Findings of an audit in words: for each check what was found, and what to do about it."""

from headway.rendering.findings.page import alarms as alarms
from headway.rendering.findings.page import audit as audit
from headway.rendering.findings.page import beside_a_fit as beside_a_fit
from headway.rendering.findings.page import more as more
from headway.rendering.findings.page import note as note
from headway.rendering.findings.page import one as one
from headway.rendering.findings.page import pictures as pictures
from headway.rendering.findings.page import sentences as sentences
from headway.rendering.findings.page import summary as summary
from headway.rendering.findings.page import title as title
from headway.rendering.findings.page import untold as untold
from headway.rendering.findings.page import verdict as verdict
from headway.rendering.findings.words import Words as Words
from headway.rendering.findings.words import words as words
