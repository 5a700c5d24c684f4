import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from headway.demo import pictures

ROOT = Path(__file__).parent.parent
FILES = sorted(pictures().glob("*/*"))


def test_eight_classes_of_thirty():
    counts = {folder.name: len(list(folder.iterdir())) for folder in pictures().iterdir()}
    assert list(counts.values()) == [30] * 8


def test_small_enough_to_carry():
    assert sum(file.stat().st_size for file in FILES) < 2_600_000


@pytest.mark.parametrize("label", sorted({file.parent.name for file in FILES}))
def test_every_picture_opens_and_shows_something(label):
    for file in (pictures() / label).iterdir():
        with Image.open(file) as picture:
            assert max(picture.size) <= 256, file
            on_white = Image.new("RGBA", picture.size, "white")
            on_white.alpha_composite(picture.convert("RGBA"))
        darkest, lightest = on_white.convert("L").getextrema()
        assert lightest - darkest > 60, file


def test_no_picture_twice():
    assert len({file.read_bytes() for file in FILES}) == len(FILES)


def test_every_picture_is_in_sources():
    text = (pictures().parent / "SOURCES.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert sorted(listed) == [file.relative_to(pictures()).as_posix() for file in FILES]
    assert "Public Domain Dedication" in text


def test_script_agrees_with_the_shipped_files():
    script = ROOT / "scripts" / "make_demo_pictures.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
