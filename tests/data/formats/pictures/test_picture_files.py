"""python -m pytest tests/data/formats/pictures/test_picture_files.py"""

import gzip
import tarfile
from pathlib import Path

import pytest

from data.formats.pictures import FormatError, PictureFiles, RejectedRow, find_pictures
from tests.data.formats.test_tar import member, packed

FILES = {"a.jpg": b"A", "train/照片.jpg": b"photo", "train/same.jpg": b"one", "val/same.jpg": b"other"}


@pytest.fixture(params=["folder", ".tar", ".tar.gz"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same four pictures, and a link to a secret outside, in a folder, a tar and a compressed tar."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    if request.param == "folder":
        for name, content in FILES.items():
            path = tmp_path / "pictures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (tmp_path / "pictures/link.jpg").symlink_to(tmp_path / "secret.jpg")
        (tmp_path / "pictures/out").symlink_to(tmp_path, target_is_directory=True)
        return tmp_path / "pictures"
    made = packed(
        *((member(f"./{name}"), content) for name, content in FILES.items()),
        (member("../secret.jpg"), b"named outside"),
        (member("link.jpg", tarfile.SYMTYPE, str(tmp_path / "secret.jpg")), b""),
        (member("hard.jpg", tarfile.LNKTYPE, "./a.jpg"), b""),
        (member("./a.jpg"), b"again"),
    )
    path = tmp_path / f"pictures{request.param}"
    path.write_bytes(gzip.compress(made) if request.param == ".tar.gz" else made)
    return path


def test_pictures_are_found_by_their_path_or_their_own_name(place: Path) -> None:
    names = ["照片.jpg", "a.jpg", "val/same.jpg", "a.jpg", "coco/a.jpg", "./train/照片.jpg"]
    found = list(PictureFiles(place).read(names))
    assert not any(isinstance(one, RejectedRow) for one in found)
    assert sorted(one for one in found if not isinstance(one, RejectedRow)) == [
        ("./train/照片.jpg", b"photo"), ("a.jpg", b"A"), ("coco/a.jpg", b"A"), ("val/same.jpg", b"other"), ("照片.jpg", b"photo"),
    ]  # fmt: skip


def test_what_is_missing_or_not_clear_is_named(place: Path) -> None:
    found = list(PictureFiles(place).read(["没有.jpg", "a.jpg", "same.jpg"]))
    own = "" if place.is_dir() else "./"
    assert [(one.place.row, one.given, one.why) for one in found if isinstance(one, RejectedRow)] == [
        (1, "没有.jpg", f"there is no such file in {place.name}"),
        (3, "same.jpg", f"there are 2 such files in {place.name}: {own}train/same.jpg, {own}val/same.jpg"),
    ]
    assert found[2] == ("a.jpg", b"A")


@pytest.mark.parametrize(
    "name",
    ["../secret.jpg", "train/../../secret.jpg", "..\\secret.jpg", "{}/secret.jpg", "C:\\secret.jpg", "link.jpg", "out/link.jpg",
     "", "a\0"],
)  # fmt: skip
def test_no_name_and_no_link_reaches_outside(place: Path, name: str) -> None:
    (one,) = PictureFiles(place).read([name.format(place.parent)])
    assert isinstance(one, RejectedRow)
    assert one.why.startswith(("the picture is outside", "there is no", "the picture's name cannot"))


def test_a_picture_that_is_far_too_large_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.formats.pictures.picture_files.MOST_BYTES", 4)
    first, second = PictureFiles(place).read(["train/照片.jpg", "train/same.jpg"])
    assert isinstance(first, RejectedRow)
    assert "at most 0 MB are taken" in first.why
    assert second == ("train/same.jpg", b"one")


def test_an_accent_may_be_written_in_either_way(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301.jpg").write_bytes(b"cafe")
    assert list(PictureFiles(tmp_path).read(["caf\u00e9.jpg"])) == [("caf\u00e9.jpg", b"cafe")]


def test_a_place_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no pictures at .*没有; expected a folder, or a \.tar"):
        PictureFiles(tmp_path / "没有")
    (tmp_path / "x.tar").write_bytes(b"no tar at all" * 99)
    with pytest.raises(FormatError, match=r"x\.tar is no tar, or is cut short"):
        PictureFiles(tmp_path / "x.tar")
    assert len(PictureFiles(tmp_path)) == 1


def test_pictures_are_looked_for_beside_their_labels(tmp_path: Path) -> None:
    labels = tmp_path / "狗.jsonl"
    assert find_pictures(labels) == tmp_path
    (tmp_path / "狗.tar.gz").write_bytes(b"")
    assert find_pictures(labels) == tmp_path / "狗.tar.gz"
    (tmp_path / "images").mkdir()
    assert find_pictures(labels) == tmp_path / "images"
