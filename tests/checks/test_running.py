"""Every check is documented, worded and tested; which are made, and what becomes of what they find."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headway.checks import CHECKS, Check, Found, Proposal, TooLittle, run_checks, select_checks
from headway.checks.base import FAMILIES
from headway.errors import UnknownNameError, UserError
from headway.rendering.findings.words import _OF
from tests.checks.helpers import synthetic

ROOT = Path(__file__).parents[2]


def test_every_check_is_documented_in_the_order_of_the_numbers() -> None:
    rows = re.findall(r"^\| (\d{3}) ([\w-]+) \|", (ROOT / "docs" / "audit.md").read_text(), re.MULTILINE)
    assert rows == [(str(check.number), check.name) for check in CHECKS]


def test_numbers_and_names_are_unique_and_of_a_family() -> None:
    assert len({check.number for check in CHECKS}) == len({check.name for check in CHECKS}) == len(CHECKS)
    assert {check.number // 100 for check in CHECKS} <= set(FAMILIES)


def test_every_check_has_words_and_a_file_of_its_own_and_a_test() -> None:
    assert set(_OF) == {check.name for check in CHECKS}
    for check in CHECKS:
        module = check.name.replace("-", "_")
        assert check.run.__module__ == f"headway.checks.{check.family}.{module}"
        assert (ROOT / "tests" / "checks" / check.family / f"test_{module}.py").exists(), check.name


@pytest.mark.parametrize("word", ["blank", "103", "files"])
def test_checks_are_chosen_by_name_number_and_family(word: str) -> None:
    assert "blank" in {check.name for check in select_checks(only=[word])}
    assert "blank" not in {check.name for check in select_checks(skip=[word])}


def test_an_unknown_check_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="blank"):
        select_checks(only=["blanc"])
    with pytest.raises(UnknownNameError):
        select_checks(skip=["999"])


def test_what_is_found_becomes_a_fact() -> None:
    def run(_: object) -> list[Found]:
        note = Found("note", np.array([], np.int64), {"share": 0.5})
        severe = Found(
            "severe",
            np.array([2, 0, 1]),
            values=[3.0, 2.0, 1.0],
            partners=[0, -1, 2],
            groups=[4, 4, 5],
            proposals=[Proposal("relabel", "b"), None, Proposal("drop")],
        )
        return [note, severe]

    looked_at = synthetic([0, 1, 0], classes=["a", "b"], part=np.array([0, 2, 0]))
    checked = run_checks(looked_at, [Check(101, "planted", run)], most=2)
    severe, note = checked.findings
    assert (severe.severity, severe.count, len(severe.pictures)) == ("severe", 3, 2)
    first, second = severe.pictures
    assert (first.file, first.label, first.split, first.value) == ("picture 2", "a", "train", 3.0)
    assert (first.partner, first.group, first.decision, first.to) == ("picture 0", 4, "relabel", "b")
    assert (second.partner, second.decision) == (None, None)
    assert note.evidence == {"share": 0.5} and not note.pictures and note.count == 0


def test_a_check_that_cannot_tell_says_what_it_lacks() -> None:
    def run(_: object) -> list[Found]:
        raise TooLittle("pictures", 50, 3)

    checked = run_checks(synthetic([0, 1, 0]), [Check(101, "planted", run)])
    assert not checked.findings
    [unchecked] = checked.unchecked
    assert (unchecked.needs, unchecked.least, unchecked.found) == ("pictures", 50, 3)


def test_to_group_is_sure_and_all_else_where_the_check_says_so() -> None:
    proposals = [Proposal("group", "a"), Proposal("drop"), Proposal("drop", sure=True), None]
    looked_at = synthetic([0, 1, 0, 1])
    found = Found("note", np.arange(4), proposals=proposals)
    [finding] = run_checks(looked_at, [Check(101, "planted", lambda _: [found])]).findings
    assert [picture.sure for picture in finding.pictures] == [True, False, True, False]


def test_what_a_person_confirmed_is_left_out() -> None:
    looked_at = synthetic([0, 1, 0])
    confirmed = frozenset({("picture 0", "planted"), ("picture 1", "another"), ("picture 2", "")})
    object.__setattr__(looked_at, "data", replace(looked_at.data, confirmed=confirmed))
    found = Found("note", np.arange(3), values=[1.0, 2.0, 3.0])
    [finding] = run_checks(looked_at, [Check(101, "planted", lambda _: [found])], most=5).findings
    assert (finding.count, [(one.file, one.value) for one in finding.pictures]) == (1, [("picture 1", 2.0)])
    assert not run_checks(looked_at, [Check(101, "planted", lambda _: [Found("severe", np.array([0, 2]))])]).findings
    nothing = Found("note", np.array([], np.int64))
    assert len(run_checks(looked_at, [Check(101, "planted", lambda _: [nothing])]).findings) == 1


def test_no_check_at_all_is_a_mistake() -> None:
    with pytest.raises(UserError, match="no check is left"):
        select_checks(only=["copies"], skip=["copies"])
