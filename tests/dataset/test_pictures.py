from headway.dataset.pictures import archive_stem


def test_names_of_archives():
    assert archive_stem("a/Photos.v2.tar.bz2") == "Photos.v2"
    assert [archive_stem(name) for name in (".zip", "photos", "x.gz", "zip")] == [None] * 4
