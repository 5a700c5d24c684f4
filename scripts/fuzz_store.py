"""Use feature stores with damaged bytes, damaged values and damaged layouts: ``python scripts/fuzz_store.py --count 300``.

What comes out of one must be what went in, or nothing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from fuzzing import main, mutate

from headway.errors import UserError
from headway.facts.images import ImageFacts
from headway.store import FeaturesGoneError, Store, fingerprint

SPACE, OTHER, POLICY, ROWS = "tiny:0/1/squash/32/fp32/0", "other", "policy", 60
DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(ROWS)]
VECTORS = np.random.default_rng(0).normal(size=(ROWS, 300)).astype(np.float32)
FACTS = [ImageFacts(number + 1, 2, "RGB", "PNG", 0.5, 0.25, 1.5, 7, 2**64 - 1 - number) for number in range(ROWS)]
VALUES = [
    2**63 - 1,
    -(2**63),
    -1,
    0,
    2**31,
    2**32,
    10**15,
    1e300,
    -1e300,
    float("inf"),
    None,
    "",
    "x",
    "\ud7ff" * 9,
    b"",
    b"\xff" * 40,
]
STATEMENTS = [
    "DROP TABLE {table}", "ALTER TABLE {table} RENAME TO away", "DELETE FROM {table}", "CREATE TABLE more (a)",
    "CREATE INDEX more ON {table} ({column})", "PRAGMA user_version = {number}", "PRAGMA application_id = {number}",
    "ALTER TABLE {table} RENAME COLUMN {column} TO away", "ALTER TABLE {table} ADD COLUMN more",
]  # fmt: skip


def fill(store: Store, picture: Path) -> None:
    """Put something into each table."""
    store.put(SPACE, DIGESTS, VECTORS)
    store.put(OTHER, DIGESTS[:3], VECTORS[:3, :4])
    store.put_image_facts(POLICY, list(zip(DIGESTS, FACTS, strict=True)))
    store.put_failures(POLICY, [(digest, "cannot be read") for digest in DIGESTS[:9]])
    store.put_fact("best precision", "fp32")
    picture.write_bytes(b"content")
    store.remember([(fingerprint(str(picture), picture.stat()), DIGESTS[0])])


def damage_values(path: Path, random: np.random.Generator) -> None:
    """Set a few values, or change the layout, with SQLite itself, so that the file stays a sound one."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for _ in range(int(random.integers(1, 4))):
            table = str(random.choice(tables))
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            column = str(random.choice(columns)) if columns else "none"
            try:
                if random.integers(0, 4):
                    value = VALUES[int(random.integers(0, len(VALUES)))]
                    where = "" if random.integers(0, 2) else " WHERE abs(random()) % 10 = 0"
                    connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?{where}", (value,))
                else:
                    statement = str(random.choice(STATEMENTS))
                    number = int(random.choice([-(2**31), -1, 0, 1, 2, 3, 5, 999, 2**31 - 1]))
                    connection.execute(statement.format(table=table, column=column, number=number))
                connection.commit()
            except (sqlite3.Error, UnicodeError):
                connection.rollback()


def use(store: Store, picture: Path) -> None:
    """Call everything; compare what comes out."""
    store.known([str(picture), str(picture) + "2"])
    held = [digest for digest in DIGESTS if digest not in store.missing(SPACE, DIGESTS)]
    store.state(POLICY, OTHER, DIGESTS[0])
    for columns in (None, slice(2, 5), [0, 299]):
        try:
            read = store.read(SPACE, held, columns)
        except FeaturesGoneError:
            continue
        truth = VECTORS[[DIGESTS.index(digest) for digest in held]]
        assert np.array_equal(read, truth if columns is None else truth[:, columns]), "another feature came out"
    for digest, found in store.image_facts(POLICY, DIGESTS).items():
        assert found == FACTS[DIGESTS.index(digest)], "other facts came out"
    assert all(isinstance(reason, str) for reason in store.failures(POLICY, DIGESTS).values())
    assert isinstance(store.fact("best precision"), str | None)
    for space in store.summary():
        assert isinstance(space.bytes, int), "a size is no number"
        assert len(space.last_used) == 10, "a day is no date"
    store.size()
    fill(store, picture)
    try:
        store.prune(OTHER)
        store.prune(older_than=3)
    except UserError:  # there is no such space
        pass
    store.prune(everything=True)
    fill(store, picture)
    assert np.array_equal(store.read(SPACE, DIGESTS), VECTORS), "it does not work any more"


def case(random: np.random.Generator, folder: Path) -> None:
    """Damage a store and use it."""
    path = folder / "features.sqlite"
    with Store(folder) as store:
        fill(store, folder / "picture")
    match random.integers(0, 5):
        case 0 | 1:
            path.write_bytes(mutate(path.read_bytes(), random))
        case 2:  # the numbers of the header
            content = bytearray(path.read_bytes())
            start = int(random.integers(16, 100))
            content[start : start + 4] = random.bytes(4)
            path.write_bytes(content)
        case _:
            damage_values(path, random)
    if random.integers(0, 6) == 0:
        Path(f"{path}-wal").write_bytes(random.bytes(5_000))
    with Store(folder) as store:
        use(store, folder / "picture")


if __name__ == "__main__":
    main(case, 300)
