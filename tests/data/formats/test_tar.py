"""python -m pytest tests/data/formats/test_tar.py"""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from data.formats import FormatError, tar


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


ODD = packed(
    (member("照片/一.jpg"), b"one"),
    (member("folder", tarfile.DIRTYPE), b""),
    (member("soft.jpg", tarfile.SYMTYPE, "/etc/passwd"), b""),
    (member("hard.jpg", tarfile.LNKTYPE, "照片/一.jpg"), b""),
    (member("device", tarfile.CHRTYPE), b""),
    (member("pipe", tarfile.FIFOTYPE), b""),
    (member("two.jpg"), b"second" * 3000),
)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_nothing_but_files_is_read_in_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"pictures{suffix}"
    path.write_bytes(gzip.compress(ODD) if suffix == ".tar.gz" else ODD)
    assert list(tar.list_files(path)) == [("照片/一.jpg", 3), ("two.jpg", 18_000)]
    assert list(tar.read(path)) == [("照片/一.jpg", b"one"), ("two.jpg", b"second" * 3000)]
    assert [name for name, _ in tar.read(path, lambda name: name.startswith("two"))] == ["two.jpg"]
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_file_of_holes_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "holes.tar"
    holes = member("holes.jpg")
    holes.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**40)}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        content = b"1\n0\n0\n".ljust(512, b"\0")
        holes.size = len(content)
        archive.addfile(holes, io.BytesIO(content))
    path.write_bytes(made.getvalue())
    assert list(tar.read(path)) == []


@pytest.mark.parametrize(
    "content",
    [b"", "不是档案 no archive".encode() * 99, ODD[:5000], gzip.compress(ODD)[:-100], gzip.compress(b"x" * 999)],
)
def test_what_is_no_whole_tar_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pictures.tar"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"pictures\.tar is no tar, or is cut short"):
        list(tar.read(path))


def test_a_tar_is_not_whole_however_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "pictures.tar"
    end = len(ODD.rstrip(b"\0"))
    for cut in range(1, end, 256):
        path.write_bytes(ODD[:cut])
        with pytest.raises(FormatError, match="cut short"):
            list(tar.list_files(path))
