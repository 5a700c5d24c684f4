"""When a file counts as unchanged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from headway.store import fingerprint, is_settled
from headway.store.stat_index import Seen

FINE = 1_700_000_000_123_456_789
COARSE = 1_700_000_000_000_000_000


@pytest.mark.parametrize(
    ("stamp", "later_ms", "settled"),
    [
        (FINE, 5, False),
        (FINE, 25, True),
        (COARSE, 25, False),
        (COARSE, 1900, False),
        (COARSE, 2200, True),
        (FINE, -9, False),
    ],
)
def test_only_a_file_that_rested_for_a_tick_is_settled(stamp: int, later_ms: int, settled: bool) -> None:
    assert is_settled(Seen("a", 1, stamp, 1), stamp + later_ms * 1_000_000) is settled


def test_inodes_of_64_bits_fit_into_the_database(tmp_path: Path) -> None:
    status = os.stat_result((0, 2**64 - 5, 0, 0, 0, 0, 7, 0, 1, 0))
    assert fingerprint("a", status).inode == 2**63 - 5
