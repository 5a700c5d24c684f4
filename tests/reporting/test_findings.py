"""Findings about the data, in a report of any kind."""

from __future__ import annotations

import pytest

from headway.rendering.blocks import Heading
from headway.reporting.findings import parts, section
from headway.reporting.parts import Gallery
from tests.reporting import making

CLASSES = ["cat", "dog", "emu"]
FINDINGS = making.audit_report(CLASSES).findings


def galleries(**options):
    return [part for part in parts(FINDINGS, making.audit_pictures(CLASSES, **options)) if isinstance(part, Gallery)]


def test_without_findings_there_is_no_section():
    assert list(section((), None)) == []


def test_each_finding_has_a_heading_with_its_severity():
    [made] = section(FINDINGS, None)
    assert [part.text for part in made.parts if isinstance(part, Heading)] == [
        "Contradicting copies (severe, check 205)",
        "Copies across splits (severe, check 206)",
        "Wrong labels (warning, check 301)",
        "Extreme size (note, check 102)",
    ]


def test_the_pictures_of_each_are_shown_and_the_others_counted():
    copies, across, wrong = galleries(thumbnails=60)
    assert [picture.name for picture in copies.pictures] == ["cat/00000.jpg", "dog/00001.jpg"]
    assert [picture.note for picture in copies.pictures] == ["cat", "dog"]  # they stand beside each other
    assert across.pictures[0].note == "emu, test, like 00021.jpg"
    assert [picture.note for picture in wrong.pictures][:2] == ["cat, cat?", "dog, cat?"]
    assert [one.remark for one in (copies, across, wrong)] == ["", "", "and 4 more"]


def test_names_alone_are_shown_where_there_are_no_thumbnails():
    assert [len(one.pictures) for one in galleries()] == [2, 1, 8]


@pytest.mark.parametrize("pictures", [None, making.audit_pictures(CLASSES, has_names=False)])
def test_left_out_pictures_leave_the_sentences(pictures):
    made = list(parts(FINDINGS, pictures))
    assert len(made) == 2 * len(FINDINGS)
    assert not any(isinstance(part, Gallery) for part in made)
