from headway.facts.data import Source
from headway.reporting.naming import Names, shown, without_folders


def source(**options):
    return Source(**({"layout": "class-folders", "name": "/home/ada/photos", "pictures": 2, "classes": 2} | options))


def test_names_are_below_the_folder():
    assert Names(source())("/home/ada/photos/a/b/1.jpg") == "a/b/1.jpg"
    assert Names(source(name="/home/ada/photos/"))("/home/ada/photos/1.jpg") == "1.jpg"


def test_of_what_lies_elsewhere_two_parts_are_left():
    for names in (Names(source()), Names(None)):
        assert names("/home/eve/secret/cats/1.jpg") == "cats/1.jpg"
        assert names("C:\\Users\\eve\\cats\\1.jpg") == "cats/1.jpg"
    assert Names(None)("picture 7") == "picture 7"


def test_several_sources_and_tables():
    parts = (source(name="/home/ada/old"), source(layout="table", name="/srv/new/labels.csv"))
    names = Names(source(layout="several", name=None, parts=parts))
    assert names("/home/ada/old/cat/1.jpg") == "cat/1.jpg"
    assert names("/srv/new/a/b/c/1.jpg") == "a/b/c/1.jpg"


def test_long_names_are_shortened_in_the_middle():
    name = Names(None)("a" * 4000 + "/end.jpg")
    assert len(name) == 100
    assert name.endswith("/end.jpg")


def test_sources_are_without_their_folders():
    parts = (source(), source(archive="/home/ada/more.zip", name="/home/ada/.cache/0f"))
    bare = without_folders(source(layout="several", name=None, parts=parts, left_out_folder="/home/ada/x/"))
    assert "/home" not in repr(bare)
    assert bare.parts[1].archive == "more.zip"
    assert without_folders(source(name="C:\\Users\\ada\\photos")).name == "photos"


def test_joined_emoji_are_whole():
    assert shown("👩‍👧") == "👩‍👧"
    assert shown("a\tb") == "a\\tb"
