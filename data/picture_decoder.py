"""Decode pictures: trusted ones in this process, those from outside in a process of their own.

Decoders are C code that hostile files target. A file from outside is decoded by a new process with limits on memory and time,
which ends after one picture and returns bare pixels. So neither a bug in a decoder nor its memory affects the server. Running
this file is that process. It imports only Pillow, preferably the newest one from the folder `decoder` of the environment, and
for HEIC pictures pi-heif.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path
from threading import BoundedSemaphore, Thread, Timer
from typing import BinaryIO, Literal, get_args

if __name__ == "__main__":
    # A newer Pillow than Gradio allows, if it was installed there; see the Makefile.
    sys.path.insert(0, str(Path(sys.prefix) / "decoder"))

from PIL import ExifTags, Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000")
MOST_BYTES = 20 * 2**20
MOST_PIXELS = 50_000_000
MEMORY = 2**30
SECONDS = 20.0
# Decoding the largest picture takes some 500 MB, so more than two at once would exceed a small machine.
_TOGETHER = BoundedSemaphore(2)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXPECTED = (
    "Expected a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF or JPEG 2000 picture of at most 20 MB and 50 megapixels."
)
_WAY_OUT = "Save or export it as JPEG or PNG, or take a screenshot of it, and send that."
Reason = Literal["empty", "heavy", "pixels", "format", "unknown", "damaged", "bounds"]
"""Why a picture cannot be used: the file is empty, has too many bytes or pixels, has a known format that is not read, is no
picture, is damaged or cut short, or was not decoded within the bounds on memory and time."""
_HEIF_BRANDS = frozenset("heic heix heim heis hevc hevx mif1 mif2 msf1 heif".split())
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"), (b"8BPS", "Photoshop"), (b"\xff\x0a", "JPEG XL"), (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\1\0", "ICO"), (b"\0\0\2\0", "ICO"), (b"icns", "ICNS"), (b"%!PS", "PostScript"), (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"FUJIFILMCCD-RAW", "camera RAW"), (b"IIRO", "camera RAW"), (b"IIU\0", "camera RAW"), (b"FOVb", "camera RAW"),
    (b"\xd7\xcd\xc6\x9a", "WMF"), (b"\x1aE\xdf\xa3", "video"), (b"OggS", "video"), (b"FLV\x01", "video"),
    (b"\0\0\1\xba", "video"),
    (b"PK\3\4", "ZIP or Office"), (b"\xd0\xcf\x11\xe0", "Office"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"), (b"\x1f\x8b", "gzip"),
)  # fmt: skip
_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP")
"""The first bytes of the formats that are read: a file that begins so and is not recognised is damaged."""

# Pillow warns about large pictures and odd metadata; here a picture is accepted or refused. The filter is set once, since
# catch_warnings changes a list that all threads share.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PictureError(ValueError):
    """A picture cannot be used; the message says what was given and what is expected.

    Attributes:
        reason: Why it cannot be used.
        format: The name of the file's format, where it is known but not read.
    """

    def __init__(self, message: str, reason: Reason, format: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.format = format


def decode(data: bytes, max_side: int | None = None) -> Image.Image:
    """Decode a picture in this process, as RGB: first frame, rotated by its EXIF, alpha over white.

    The format is recognised from the content, and the number of pixels is read from the header before decoding. Metadata is
    dropped; colour profiles are not applied.

    Args:
        data: The bytes of a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF or JPEG 2000 file.
        max_side: The most pixels of the longer side; a larger picture is scaled down. None keeps the size.

    Raises:
        PictureError: The bytes are not such a picture, or it is too large.
    """
    _check_file(data)
    is_heic = find_format(data) == "HEIC"
    try:
        picture: Image.Image = Image.open(io.BytesIO(data), formats=_register_heif() if is_heic else FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise PictureError(f"The picture has {width} x {height} pixels. {_EXPECTED}", "pixels")
        picture.seek(0)
        picture.load()
        turn = _find_turn(picture)
        picture = _flatten(picture, max_side)
        return picture if turn is None else picture.transpose(turn)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(f"The picture has far too many pixels. {_EXPECTED}", "pixels") from None
    except UnidentifiedImageError:
        if is_heic or data.startswith(_STARTS) or data[4:8] == b"ftyp":
            raise PictureError(f"The picture is damaged or cut short. {_EXPECTED}", "damaged") from None
        raise PictureError(f"The file is not a picture that can be read. {_EXPECTED}", "unknown") from None
    except MemoryError:
        raise PictureError(f"Decoding the picture takes more than {MEMORY >> 20} MB. {_EXPECTED}", "bounds") from None
    except Exception as error:
        # Decoders raise many kinds of errors for broken files: OSError, SyntaxError, struct.error, ...
        raise PictureError(f"The picture is damaged or cut short ({error}). {_EXPECTED}", "damaged") from error


def decode_apart(data: bytes, max_side: int) -> Image.Image:
    """Decode a picture from outside in a process of its own; the result is that of `decode`.

    At most two are decoded at once; others wait. The process has MEMORY bytes and SECONDS seconds.

    Raises:
        PictureError: The bytes are not such a picture, it is too large, or the process exceeded its limits.
    """
    _check_file(data)
    with _TOGETHER:
        header, pixels = _run(data, max_side)
    try:
        told = json.loads(header)
        if refused := told.get("refused"):
            reason = told.get("reason")
            raise PictureError(
                str(refused), reason if reason in get_args(Reason) else "damaged", str(told.get("format", ""))
            )
        width, height = int(told["width"]), int(told["height"])
        if not (0 < width <= max_side and 0 < height <= max_side and len(pixels) == width * height * 3):
            raise ValueError("the pixels are not those of its size")
        return Image.frombytes("RGB", (width, height), pixels)
    except PictureError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PictureError(f"The picture could not be decoded within its bounds. {_EXPECTED}", "bounds") from error


def find_format(data: bytes) -> str:
    """Return the name of a format that is not read, or that needs a decoder of its own; "" for any other file.

    It is found by the first bytes, whatever the file is called.

    >>> find_format(b"%PDF-1.7"), find_format(b"....ftypheic....heic"), find_format(b"<svg xmlns='...'>"), find_format(b"GIF89a")
    ('PDF', 'HEIC', 'SVG', '')
    """
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[4:8] == b"ftyp":
        # ISO base media: the major brand, a version, then the brands it is compatible with.
        brands = {data[place : place + 4].decode("latin-1") for place in (8, *range(16, min(64, len(data) - 3), 4))}
        if brands & {"avif", "avis"}:
            return ""
        if brands & _HEIF_BRANDS:
            return "HEIC"
        return "camera RAW" if "crx " in brands else "video"
    if data.startswith(b"RIFF") and data[8:12] == b"AVI ":
        return "video"
    if data[:4] == b"II*\0" and data[8:10] == b"CR":
        return "camera RAW"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<?xml", b"<!--", b"<svg", b"<!doctype svg")) and b"<svg" in data[:4096].lower():
        return "SVG"
    return "HTML" if head.startswith((b"<!doctype html", b"<html")) else ""


def _register_heif() -> tuple[str, ...]:
    """Let Pillow read HEIC, which is what telephones take, and return its name there."""
    try:
        import pi_heif
    except ImportError:
        raise _refuse_format("HEIC", "Reading it needs pi-heif: pip install pi-heif. Or") from None
    pi_heif.register_heif_opener()
    return ("HEIF",)


def _refuse_format(name: str, before: str = "") -> PictureError:
    way_out = f"{before} {_WAY_OUT[0].lower()}{_WAY_OUT[1:]}" if before else _WAY_OUT
    return PictureError(f"This is a file of the kind {name}, which is not read. {way_out}", "format", name)


def _check_file(data: bytes) -> None:
    if not data:
        raise PictureError(f"The file is empty. {_EXPECTED}", "empty")
    if len(data) > MOST_BYTES:
        raise PictureError(f"The file has {len(data) / 2**20:.0f} MB. {_EXPECTED}", "heavy")
    if (name := find_format(data)) not in ("", "HEIC"):
        raise _refuse_format(name)


def _run(data: bytes, max_side: int) -> tuple[bytes, bytes]:
    """Return the line and the pixels that the process wrote; both are empty if it was killed."""
    # Without the environment, which may hold passwords, and isolated from the current folder.
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(max_side)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        clock = Timer(SECONDS, process.kill)
        feeding = Thread(target=_feed, args=(process.stdin, data), name="feed a decoder", daemon=True)
        clock.start()
        feeding.start()
        try:
            # Never more than the largest valid result, whatever it writes.
            return process.stdout.readline(2000), process.stdout.read(max_side * max_side * 3 + 1)
        finally:
            clock.cancel()
            process.kill()
            feeding.join()


def _feed(pipe: BinaryIO, data: bytes) -> None:
    # The process may end before it has read everything.
    with contextlib.suppress(OSError), pipe:
        pipe.write(data)


def _find_turn(picture: Image.Image) -> Image.Transpose | None:
    # ImageOps.exif_transpose also rewrites the EXIF and fails on wrong tags of cameras; only one tag matters here.
    try:
        return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # Unreadable EXIF does not affect the pixels.
        return None


def _flatten(picture: Image.Image, max_side: int | None) -> Image.Image:
    """Return the picture as RGB over white, scaled down first, which takes a third of the memory."""
    if picture.mode.startswith("I"):
        # A 16-bit grey PNG, which convert() would clip at 255 instead of scaling it.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif picture.mode == "F":
        picture = _scale_floats(picture)
    clear = picture.mode == "P" or "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    if max_side is not None:
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    if clear:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    # Pillow would write a comment from here into the next file.
    picture.info = {}
    return picture


def _scale_floats(picture: Image.Image) -> Image.Image:
    """Return a picture of floating point numbers, such as a scientific TIFF, with its range spread over 0 to 255."""
    low, high = (float(value) for value in picture.getextrema())  # type: ignore[arg-type]
    if not high > low:
        return picture.convert("L")
    return picture.point(lambda value: value * (255 / (high - low)) + -low * 255 / (high - low)).convert("L")


def _limit_process() -> None:
    """Limit the memory and the time of this process, if the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, int(SECONDS)),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS does not enforce some of them.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Decode what standard input holds; write a line of JSON, then the pixels, to standard output."""
    _limit_process()
    out = sys.stdout.buffer
    try:
        picture = decode(sys.stdin.buffer.read(MOST_BYTES + 1), int(sys.argv[1]))
    except PictureError as error:
        told = {"reason": error.reason, "format": error.format, "refused": str(error)[:320]}
        out.write(json.dumps(told).encode() + b"\n")
        return
    out.write(json.dumps({"width": picture.width, "height": picture.height}).encode() + b"\n")
    out.write(picture.tobytes())


if __name__ == "__main__":
    main()
