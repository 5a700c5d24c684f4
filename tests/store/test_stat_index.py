"""When a file counts as unchanged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from headway.store import Store, fingerprint, is_settled
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
    assert is_settled(Seen("a", 1, stamp, 1, FINE - 10**12), stamp + later_ms * 1_000_000) is settled
    assert is_settled(Seen("a", 1, FINE - 10**12, 1, stamp), stamp + later_ms * 1_000_000) is settled


def test_times_beyond_those_of_the_database_fit_in(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    status = SimpleNamespace(st_size=1, st_mtime_ns=2**63 + 5, st_ctime_ns=7, st_ino=1)
    seen = fingerprint("a", status)
    assert seen == Seen("a", 1, 2**63 - 1, 1, 7)
    with Store(tmp_path / "cache") as store:
        store.remember([(seen, bytes(32))])


def test_inodes_of_64_bits_fit_into_the_database(tmp_path: Path) -> None:
    status = SimpleNamespace(st_size=7, st_mtime_ns=1, st_ctime_ns=1, st_ino=2**64 - 5)
    assert fingerprint("a", status).inode == 2**63 - 5
