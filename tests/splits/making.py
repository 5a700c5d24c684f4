"""Labels and groups made up for tests."""

import numpy as np
from hypothesis import strategies as st

labellings = st.lists(st.integers(0, 4), min_size=1, max_size=80).map(lambda values: np.array(values, np.int64))


@st.composite
def grouped(draw):
    # Many classes in few groups that mix them are the hard case, and must not be rare.
    seed, n = draw(st.integers(0, 10**6)), draw(st.integers(1, 60))
    rng = np.random.default_rng(seed)
    return rng.integers(0, draw(st.integers(1, 8)), n), rng.integers(0, draw(st.integers(1, n)), n)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
