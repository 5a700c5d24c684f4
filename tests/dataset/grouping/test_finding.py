"""Groups of a whole data set: found, shown, declined, or named by a pattern."""

import numpy as np
import pytest

import headway
from headway.cli.main import run
from headway.dataset import read
from headway.errors import DataError
from headway.rendering.reading import guesses
from tests.dataset.folders.public.folders import FOLDERS
from tests.dataset.folders.public.tables import TABLES
from tests.dataset.grouping.test_times import photo

VIDEOS = [f"{('cat', 'dog')[one % 2]}/video{one}_frame{frame:04}.jpg" for one in range(12) for frame in range(4)]


def test_groups_are_used_shown_and_declinable(make):
    root = make(*VIDEOS)
    dataset = read(root)
    assert len(set(dataset.groups.tolist())) == 12
    assert dataset.source.groups_from == "names"
    (said,) = guesses(dataset.source)
    assert "'video0' of 'cat/video0_frame0000.jpg'" in said
    assert "12 groups of 4 pictures" in said
    assert said.endswith("--no-groups")
    declined = read(root, groups=False)
    assert declined.groups is None
    assert guesses(declined.source) == []


def test_the_command_shows_and_declines_them(make, capsys):
    root = make(*VIDEOS)
    assert run(["read", root]) == 0
    assert "Groups: 12, the largest of 4 pictures" in capsys.readouterr().out
    assert run(["read", root, "--no-groups"]) == 0
    assert "roup" not in capsys.readouterr().out


def test_few_groups_are_named_with_an_option_that_uses_them(make, capsys):
    root = make(*VIDEOS[:8], *(name.replace("video", "video1") for name in VIDEOS[:8]))
    dataset = read(root)
    assert dataset.groups is None
    (said,) = guesses(dataset.source)
    assert "not used" in said
    pattern = said.partition("--group-pattern ")[2].strip("'")
    assert len(set(read(root, group_pattern=pattern).groups.tolist())) == 4
    assert run(["read", root, "--group-pattern", pattern]) == 0
    assert "Groups: 4" in capsys.readouterr().out


def test_a_pattern_of_groups_is_searched_for_in_paths(make):
    dataset = read(
        make("cat/a1x.jpg", "cat/a1y.jpg", "dog/b1x.jpg", "dog/other.jpg"), group_pattern=r"/(?P<group>\w\d)"
    )
    assert dataset.groups.tolist() == [0, 0, 1, 2]
    assert dataset.group_names == ["a1", "b1", ""]
    assert dataset.source.groups_from == "pattern"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"group_pattern": "("}, "the group pattern '(' is not a regular expression"),
        ({"group_pattern": "video"}, "needs a group around the group"),
        ({"group_pattern": "(zebra)"}, "matches none of 48 pictures"),
        ({"group_pattern": "(video)", "groups": False}, "--no-groups and --group-pattern contradict"),
        ({"group_pattern": "(video)", "label_pattern": "(?P<label>cat|dog)/(?P<group>video.)"}, "one place"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(make, options, said):
    with pytest.raises(DataError) as caught:
        read(make(*VIDEOS), **options)
    assert said in str(caught.value)


def test_lists_have_no_pattern_and_no_guesses(make):
    root = make(*VIDEOS)
    paths = [f"{root}/{name}" for name in VIDEOS]
    labels = [name[:3] for name in VIDEOS]
    assert read(paths, labels).groups is None
    with pytest.raises(DataError, match="group-pattern"):
        read(paths, labels, group_pattern="(video)")


def test_tables_and_several_sources_have_groups_by_names_too(make, write):
    root = make(*VIDEOS)
    table = write("data.csv", "path,label\n" + "".join(f"data/{name},{name[:3]}\n" for name in VIDEOS))
    assert len(set(read(table).groups.tolist())) == 12
    other = make("cat/1.jpg", "dog/2.jpg", under="more")
    both = read([root, other])
    assert len(set(both.groups.tolist())) == 14
    assert any("'video0'" in guess for guess in guesses(both.source))


def test_a_column_goes_first(write, make):
    make(*VIDEOS)
    rows = "".join(f"data/{name},{name[:3]},{number // 8}\n" for number, name in enumerate(VIDEOS))
    dataset = read(write("data.csv", f"path,label,patient\n{rows}"))
    assert dataset.source.groups_from == "column"
    assert len(set(dataset.groups.tolist())) == 6


def test_names_of_groups_tell_them_apart(make):
    paths = [f"{kind}/video{one}_{frame}.jpg" for kind in ("a", "b") for one in range(5) for frame in range(2)]
    dataset = read(make(*paths))
    assert len(set(dataset.group_names)) == len(set(dataset.groups.tolist())) == 10


@pytest.mark.parametrize(
    "public", [one for one in (*FOLDERS, *TABLES) if not one.asks and not one.refused], ids=lambda one: one.name
)
def test_nothing_is_proposed_for_public_data_sets(make, write, public):
    for name, text in public.contents().items():
        if text:
            write(f"data/{name}", text)
        else:
            make(name)
    found = read(make()).source.found_groups
    assert found is None


def test_whole_groups_are_dealt_and_what_is_left_unequal_is_said(tmp_path, capsys):
    from tests.helpers import write_pictures

    root = write_pictures(tmp_path / "data", per_class=30)
    for path in sorted(root.rglob("*.png")):
        number = int(path.stem)
        path.rename(path.with_name(f"video{len(path.parent.name)}{number // 10}_{number % 10}.png"))
    report = headway.split(root, tmp_path / "out.csv", parts=(80, 0, 20))
    assert {(one.label, one.share) for one in report.uneven} == {("blue", 0.3333), ("green", 0.3333), ("red", 0.3333)}
    assert run(["split", str(root), "-o", str(tmp_path / "other.csv"), "--parts", "80,0,20"]) == 0
    assert "groups leave 33 % of 'blue' for the test" in capsys.readouterr().out
    kept = read(tmp_path / "out.csv")
    for group in np.unique(kept.groups):
        assert len(set(kept.given[kept.groups == group].tolist())) == 1


def test_a_given_split_that_parts_a_video_is_seen(make):
    train = [f"train/{name}" for name in VIDEOS if "0002" not in name]
    dataset = read(make(*train, *(f"test/{name}" for name in VIDEOS if "0002" in name)))
    assert all(set(dataset.given[dataset.groups == group].tolist()) == {0, 2} for group in range(12))


def test_a_given_split_in_which_videos_begin_anew_is_whole(make):
    dataset = read(make(*(f"train/{name}" for name in VIDEOS), *(f"test/{name}" for name in VIDEOS)))
    assert len(set(dataset.groups.tolist())) == 24


def test_pictures_without_labels_have_groups_by_words(make):
    from headway.dataset.options import ReadingOptions
    from headway.dataset.reading import Unpacker, read_sources

    root = make(*(f"photos/patient{one}_view{view}.png" for one in range(12) for view in range(3)))
    dataset = read_sources([root], ReadingOptions(labels_needed=False), Unpacker(None))
    assert dataset.classes == ()
    assert len(set(dataset.groups.tolist())) == 12


def test_bursts_are_shown_and_declinable(tmp_path):
    for row in range(12):
        photo(tmp_path / f"data/{'cat' if row < 6 else 'dog'}/DSC_{row:04}.jpg", 10 * (row // 2) + row % 2)
    dataset = read(tmp_path / "data")
    assert dataset.source.groups_from == "times"
    assert dataset.groups.tolist() == np.repeat(range(6), 2).tolist()
    assert guesses(dataset.source) == [
        "6 bursts of 2 pictures that one camera took within seconds; each stays in one split; if it need not: --no-groups"
    ]
    assert read(tmp_path / "data", groups=False).groups is None


def test_copies_by_name_are_groups(make):
    dataset = read(make(*(f"{kind}/IMG_{one:04}.jpg" for kind in ("a", "b") for one in range(9)), "a/IMG_0003 (1).jpg"))
    assert len(set(dataset.groups.tolist())) == 18
    assert "'IMG_0003.jpg' of 'a/IMG_0003 (1).jpg': 1 group of 2 pictures" in guesses(dataset.source)[0]
