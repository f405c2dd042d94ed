"""Pictures from outside: opened safely, brought to one form, and made into arrays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_BYTES = 20 * 2**20
MOST_PIXELS = 50_000_000
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


def open_picture(data: bytes) -> Image.Image:
    """The picture in the bytes as RGB: first frame, turned as its EXIF says, alpha over white. Raises PictureError.

    The format is told by the content, never by a name, and the number of pixels by the header, before anything is decoded.
    No metadata comes along; colour profiles are not applied.
    """
    if not data:
        raise PictureError(f"The file is empty. {_EXPECTED}")
    if len(data) > MOST_BYTES:
        raise PictureError(f"The file has {len(data) / 2**20:.0f} MB. {_EXPECTED}")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise PictureError(f"The picture has {width} x {height} pixels. {_EXPECTED}")
        picture.seek(0)
        picture.load()
        return _rgb(_upright(picture))
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(f"The picture has far too many pixels. {_EXPECTED}") from None
    except UnidentifiedImageError:
        raise PictureError(f"The file is no picture that can be read. {_EXPECTED}") from None
    except Exception as error:
        # Decoders of broken files raise whatever they meet: OSError, SyntaxError, struct.error, ...
        raise PictureError(f"The picture is damaged or cut short ({error}). {_EXPECTED}") from error


def _upright(picture: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose also writes the EXIF anew and fails on tags that cameras get wrong; only one tag matters here.
    try:
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # EXIF that cannot be read at all says nothing about the pixels, which are whole.
        return picture
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        # A grey PNG of 16 bits; convert() would clip it at 255 instead of scaling it.
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.mode == "P" or "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered)
    plain = picture.convert("RGB")
    # Pillow would write a comment found here into the next file.
    plain.info = {}
    return plain


def reencode(data: bytes, longest: int = 1600) -> bytes:
    """The picture as a fresh JPEG without metadata, its longer side at most longest pixels. Raises PictureError.

    What is kept and shown is always this, never the bytes somebody sent.
    """
    picture = open_picture(data)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90)
    return made.getvalue()


def square(picture: Image.Image, size: int) -> NDArray[np.uint8]:
    """The picture squashed to a square of size pixels: uint8 [size, size, 3], RGB."""
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), dtype=np.uint8)


@dataclass(frozen=True)
class ImageCodec:
    """Pictures to arrays: squashed to a square of size pixels, scaled to [0, 1], mean taken off, divided by std, per channel."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def encode(self, pictures: list[bytes]) -> NDArray[np.float32]:
        """float32 [B, 3, size, size] of the pictures' bytes. Raises PictureError."""
        squares = np.empty((len(pictures), self.size, self.size, 3), dtype=np.uint8)
        for place, data in enumerate(pictures):
            squares[place] = square(open_picture(data), self.size)
        return self.normal(squares)

    def normal(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """float32 [B, 3, H, W] of squares uint8 [B, H, W, 3], RGB."""
        mean, std = np.asarray(self.mean, dtype=np.float32), np.asarray(self.std, dtype=np.float32)
        values = (squares.astype(np.float32) / np.float32(255) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2), dtype=np.float32)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ImageCodec:
        """The codec that to_dict wrote. Raises KeyError if a value is missing."""
        return cls(int(raw["size"]), tuple(raw["mean"]), tuple(raw["std"]))
