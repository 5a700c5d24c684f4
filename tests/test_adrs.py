"""Decisions are numbered, and say whether they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ADRS = sorted((Path(__file__).parents[1] / "docs" / "adr").glob("*.md"))


@pytest.mark.parametrize("adr", ADRS, ids=lambda adr: adr.stem)
def test_an_adr_has_its_number_and_a_status(adr: Path) -> None:
    title, blank, status, *_ = adr.read_text().splitlines()
    assert title.startswith(f"# {int(adr.name[:4])}. ")
    assert blank == ""
    assert re.match(r"Status: (accepted|superseded by ADR \d+), \d{4}-\d{2}-\d{2}\b", status)


def test_numbers_follow_each_other() -> None:
    assert [int(adr.name[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))
