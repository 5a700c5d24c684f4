import numpy as np

from headway.reporting.layout import MOST_POINTS, SIDE, points


def reader(n, d, seed=0):
    features = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return lambda rows: features[rows]


def test_points_lie_in_the_square_and_are_the_same_again():
    rows, places = points(60, reader(60, 8))
    assert rows.tolist() == list(range(60))
    assert places.min() >= 0 and places.max() <= SIDE
    assert np.array_equal(places, points(60, reader(60, 8))[1])


def test_groups_are_apart():
    features = np.repeat(np.eye(2, 6, dtype=np.float32) * 9, 20, axis=0) + reader(40, 6)(np.arange(40)) / 9
    _, places = points(40, lambda rows: features[rows])
    middles = places[:20].mean(axis=0), places[20:].mean(axis=0)
    spread = max(places[:20].std(), places[20:].std())
    assert np.linalg.norm(middles[0] - middles[1]) > spread


def test_few_pictures_have_no_map():
    assert len(points(4, reader(4, 8))[0]) == 0


def test_one_number_a_picture_and_constant_ones():
    assert len(points(20, reader(20, 1))[0]) == 20
    assert np.unique(points(20, lambda rows: np.ones((len(rows), 4), np.float32))[1]).tolist() == [SIDE // 2]


def test_many_are_drawn_at_random(monkeypatch):
    monkeypatch.setattr("headway.reporting.layout.MOST_POINTS", 30)
    rows, places = points(200, reader(200, 4))
    assert len(rows) == len(places) == 30
    assert MOST_POINTS == 800
