import base64
import io

import numpy as np
from PIL import Image

from headway.dataset import read
from headway.reporting import thumbnails as module
from headway.reporting.thumbnails import SIDE, thumbnails


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (60, 80, 3), np.uint8)


def test_they_are_small_webp():
    dataset = read([noise(0), noise(1)], ["cat", "dog"])
    first, second = thumbnails(dataset, [1, 0], resize="crop")
    with Image.open(io.BytesIO(base64.b64decode(first))) as image:
        assert (image.format, image.size) == ("WEBP", (SIDE, SIDE))
    assert first != second
    assert [first, second] == thumbnails(dataset, [1, 0], resize="crop")


def test_what_cannot_be_read_has_none(tmp_path):
    Image.fromarray(noise(0)).save(tmp_path / "a.png")
    for name in ("b.png", "gone.png"):
        (tmp_path / name).write_bytes(b"no picture")
    dataset = read([str(tmp_path / name) for name in ("a.png", "b.png", "gone.png")], ["cat", "dog", "dog"])
    (tmp_path / "gone.png").unlink()
    made = thumbnails(dataset, [0, 1, 2], resize="crop")
    assert made[0] is not None
    assert made[1:] == [None, None]


def test_there_is_an_end_to_the_room(monkeypatch):
    dataset = read([noise(seed) for seed in range(8)], ["cat", "dog"] * 4)
    all_of_them = thumbnails(dataset, range(8), resize="crop")
    monkeypatch.setattr(module, "MOST_BYTES", sum(map(len, all_of_them[:5])))
    assert thumbnails(dataset, range(8), resize="crop") == all_of_them[:5]
