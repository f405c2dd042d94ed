"""Decode pictures: in this process what is trusted, in a process of its own what somebody sent.

Decoders are C code that hostile files aim at. A file from outside is decoded by a fresh process with bounds on its memory and
time, which ends after this one picture; what comes back is bare pixels, which nobody has to decode. So neither a fault of a
decoder nor the memory it took stays with the server. Running this file is that process; it imports nothing but Pillow,
of the newest kind where there is one in the folder `decoder` of the environment.
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
from typing import BinaryIO

if __name__ == "__main__":
    # The newest Pillow, which Gradio does not admit yet, where the installation has put one: see the Makefile.
    sys.path.insert(0, str(Path(sys.prefix) / "decoder"))

from PIL import ExifTags, Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_BYTES = 20 * 2**20
MOST_PIXELS = 50_000_000
MEMORY = 2**30
SECONDS = 20.0
# The largest picture takes some 500 MB while it is decoded; more than two at once would be more than a small machine has.
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
_EXPECTED = "Expected a JPEG, PNG, WebP, GIF or BMP picture of at most 20 MB and 50 megapixels."

# Pillow warns of large pictures and odd metadata; here a picture is taken or refused. This is set once: catch_warnings changes
# a list that all threads share, and of two pictures at once the second would put back what the first had set.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PictureError(ValueError):
    """A picture that cannot be used: what was given, what is expected."""


def decode(data: bytes, longest: int | None = None) -> Image.Image:
    """Decode the bytes here, as RGB: first frame, turned as its EXIF says, alpha over white. Raises PictureError.

    The format is told by the content, never by a name, and the number of pixels by the header, before anything is decoded.
    No metadata comes along; colour profiles are not applied.

    Args:
        data: the bytes of a JPEG, PNG, WebP, GIF or BMP file.
        longest: the most pixels of the longer side; a larger picture is made smaller. None leaves it as it is.
    """
    _check_size(data)
    try:
        picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise PictureError(f"The picture has {width} x {height} pixels. {_EXPECTED}")
        picture.seek(0)
        picture.load()
        turn = _find_turn(picture)
        picture = _flatten(picture, longest)
        return picture if turn is None else picture.transpose(turn)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(f"The picture has far too many pixels. {_EXPECTED}") from None
    except UnidentifiedImageError:
        raise PictureError(f"The file is no picture that can be read. {_EXPECTED}") from None
    except Exception as error:
        # Decoders of broken files raise whatever they meet: OSError, SyntaxError, struct.error, ...
        raise PictureError(f"The picture is damaged or cut short ({error}). {_EXPECTED}") from error


def decode_apart(data: bytes, longest: int) -> Image.Image:
    """Decode bytes that somebody sent, in a process of its own; the same picture as `decode`. Raises PictureError.

    At most two are decoded at once; others wait. The process has MEMORY bytes and SECONDS seconds.
    """
    _check_size(data)
    with _TOGETHER:
        header, pixels = _run(data, longest)
    try:
        told = json.loads(header)
        if refused := told.get("refused"):
            raise PictureError(str(refused))
        width, height = int(told["width"]), int(told["height"])
        if not (0 < width <= longest and 0 < height <= longest and len(pixels) == width * height * 3):
            raise ValueError("the pixels are not those of its size")
        return Image.frombytes("RGB", (width, height), pixels)
    except PictureError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PictureError(f"The picture could not be decoded within its bounds. {_EXPECTED}") from error


def _check_size(data: bytes) -> None:
    if not data:
        raise PictureError(f"The file is empty. {_EXPECTED}")
    if len(data) > MOST_BYTES:
        raise PictureError(f"The file has {len(data) / 2**20:.0f} MB. {_EXPECTED}")


def _run(data: bytes, longest: int) -> tuple[bytes, bytes]:
    """Return the line and the pixels that the process wrote; both are empty where it was ended."""
    # Without the environment, which may hold passwords, and without the folder that it is started in.
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(longest)]
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
            # Never more than the largest answer, whatever it writes.
            return process.stdout.readline(2000), process.stdout.read(longest * longest * 3 + 1)
        finally:
            clock.cancel()
            process.kill()
            feeding.join()


def _feed(pipe: BinaryIO, data: bytes) -> None:
    # It may end before it has read everything.
    with contextlib.suppress(OSError), pipe:
        pipe.write(data)


def _find_turn(picture: Image.Image) -> Image.Transpose | None:
    # ImageOps.exif_transpose also writes the EXIF anew and fails on tags that cameras get wrong; only one tag matters here.
    try:
        return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # EXIF that cannot be read at all says nothing about the pixels, which are whole.
        return None


def _flatten(picture: Image.Image, longest: int | None) -> Image.Image:
    """Return the picture as RGB over white, made smaller first: that takes a third of the memory."""
    if picture.mode.startswith("I"):
        # A grey PNG of 16 bits; convert() would clip it at 255 instead of scaling it.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    clear = picture.mode == "P" or "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    if longest is not None:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    if clear:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    # Pillow would write a comment found here into the next file.
    picture.info = {}
    return picture


def _bound() -> None:
    """Bound the memory and the time of this process, where the system can."""
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
        # macOS knows some of them without keeping to them.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Decode what standard input holds; write a line of JSON, then the pixels, to standard output."""
    _bound()
    out = sys.stdout.buffer
    try:
        picture = decode(sys.stdin.buffer.read(MOST_BYTES + 1), int(sys.argv[1]))
    except PictureError as error:
        out.write(json.dumps({"refused": str(error)[:900]}).encode()[:1990] + b"\n")
        return
    out.write(json.dumps({"width": picture.width, "height": picture.height}).encode() + b"\n")
    out.write(picture.tobytes())


if __name__ == "__main__":
    main()
