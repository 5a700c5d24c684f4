import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from headway.dataset import read
from headway.errors import DataError, OutputError
from headway.images import load
from headway.training import lettering
from headway.training.grid import VIEWS, save_samples


@pytest.fixture
def dataset():
    source = np.random.default_rng(0)
    pictures = [source.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in range(8)]
    pictures[0] = b"no picture"
    return read(pictures, ["a", "a", "a", "a", "a", "b", "b", "c"])


def tiles(path, n, size):
    sheet = np.asarray(Image.open(path))  # what is written stands above and to the left
    rows = [8 + row * (size + 4) for row in range(n)]
    columns = [8] + [8 + size + 12 + view * (size + 4) for view in range(VIEWS)]
    sheet = sheet[-(rows[-1] + size + 8) :, -(columns[-1] + size + 8) :]
    return [[sheet[top : top + size, left : left + size] for left in columns] for top in rows]


def test_each_row_is_a_picture_and_its_views(dataset, tmp_path):
    save_samples(dataset, ["hflip"], tmp_path / "s.png", size=16, resize="squash", n=3)
    labels = []
    for original, *changed in tiles(tmp_path / "s.png", 3, 16):
        found = [np.array_equal(original, load(p, 16, "squash")) for p in dataset.pictures[1:]]
        labels.append(int(dataset.labels[1:][found.index(True)]))
        assert all(np.array_equal(view, original) or np.array_equal(view, original[:, ::-1]) for view in changed)
        assert any(np.array_equal(view, original[:, ::-1]) for view in changed)
    assert sorted(labels) == [0, 1, 2]


def test_the_seed_decides(dataset, tmp_path):
    contents = []
    for seed in (1, 1, 2):
        save_samples(dataset, ["rotate=20"], tmp_path / "s.png", size=16, resize="squash", seed=seed)
        contents.append((tmp_path / "s.png").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_mixed_pictures_without_labels_and_fewer_than_asked_for(tmp_path):
    pictures = [np.full((8, 8, 3), shade, np.uint8) for shade in (0, 200)]
    save_samples(read(pictures), ["mixup=1"], tmp_path / "s.png", size=8, resize="crop")
    (dark, *mixed), _ = tiles(tmp_path / "s.png", 2, 8)
    assert any(0 < view.mean() < 200 for view in mixed) and dark.std() == 0


def test_nothing_to_show(tmp_path):
    with pytest.raises(DataError, match="there is none: picture 0: not a picture"):
        save_samples(read([b"text"], ["a"]), [], tmp_path / "s.png", size=16, resize="crop")


def test_nowhere_to_write(dataset, tmp_path):
    with pytest.raises(OutputError, match="no folder .*; give another place with --samples"):
        save_samples(dataset, [], tmp_path / "no" / "s.png", size=16, resize="crop")


@pytest.fixture
def written(monkeypatch):
    """Return what is written into pictures: text by text, its place."""
    texts = {}
    draw = ImageDraw.ImageDraw.text

    def text(self, place, words, *rest, **more):
        texts[words] = place
        draw(self, place, words, *rest, **more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return texts


def test_it_says_what_is_seen(dataset, tmp_path, written):
    save_samples(dataset, ["rotate=20", "hflip"], tmp_path / "s.png", size=64, resize="squash", n=3)
    assert {"Changes: rotate=20, hflip", "original", "a", "b", "c"} <= set(written)
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.info["Software"] == "Headway"
        middles = [sheet.height - 8 - 32 - row * 68 for row in range(3)]
        assert sorted(written[name][1] for name in "abc") == sorted(middles)  # each beside its row


def test_long_and_odd_names_and_no_classes(dataset, tmp_path, written, monkeypatch):
    monkeypatch.setattr(lettering, "FILES", ("no-such-font.ttf",))
    odd = read(list(dataset.pictures[1:3]), ["x" * 400, "日本\n語"])
    save_samples(odd, ["colour"], tmp_path / "s.png", size=32, resize="squash")
    assert any(name.endswith("x…") for name in written) and "class 2" in written
    save_samples(read(list(dataset.pictures[1:3])), [], tmp_path / "s.png", size=64, resize="squash")
    assert {"no class", "Changes: none"} <= set(written)


def test_names_in_other_scripts_are_drawn_where_there_is_a_font(dataset, tmp_path, written):
    pytest.importorskip("matplotlib")  # brings one
    save_samples(
        read(list(dataset.pictures[1:4]), ["жук", "kočka", "γάτα"]), [], tmp_path / "s.png", size=32, resize="squash"
    )
    assert {"жук", "kočka", "γάτα"} <= set(written)


def test_a_font_has_every_letter_of_a_text(monkeypatch):
    assert lettering.font_for("cat", 13).getname() == ImageFont.load_default(13).getname()
    assert lettering.font_for("cat \ue0f0", 13) is None
    monkeypatch.setattr("headway.training.lettering.importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(lettering, "FILES", ())
    assert lettering.font_for("жук", 13) is None
