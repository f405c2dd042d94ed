"""Pictures from outside: opened safely, brought to one form, and made into arrays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_BYTES = 20 * 2**20
MOST_PIXELS = 50_000_000
_EXPECTED = "Expected a JPEG, PNG, WebP, GIF or BMP picture of at most 20 MB and 50 megapixels."


class PictureError(ValueError):
    """A picture that cannot be used: what was given, what is expected."""


def open_picture(data: bytes) -> Image.Image:
    """The picture in the bytes as RGB: first frame, turned as its EXIF says, alpha over white. Raises PictureError.

    The format is told by the content, never by a name, and the number of pixels by the header, before anything is decoded.
    """
    if not data:
        raise PictureError(f"The file is empty. {_EXPECTED}")
    if len(data) > MOST_BYTES:
        raise PictureError(f"The file has {len(data) / 2**20:.0f} MB. {_EXPECTED}")
    try:
        with warnings.catch_warnings():
            # Pillow warns of a large picture; the limit here is stricter and said in our own words.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise PictureError(f"The picture has {width} x {height} pixels. {_EXPECTED}")
            picture.seek(0)
            picture.load()
            return _rgb(ImageOps.exif_transpose(picture))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"The file is no picture that can be read. {_EXPECTED}") from None
    except Exception as error:
        # Decoders of broken files raise whatever they meet: OSError, SyntaxError, struct.error, DecompressionBombError, ...
        raise PictureError(f"The picture is damaged or cut short ({error}). {_EXPECTED}") from error


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        picture = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8))
    if picture.mode == "P" or "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered)
    return picture.convert("RGB")


def reencode(data: bytes, longest: int = 1600) -> bytes:
    """The picture as a fresh JPEG without metadata, its longer side at most longest pixels. Raises PictureError.

    What is kept and shown is always this, never the bytes somebody sent.
    """
    picture = open_picture(data)
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90)
    return made.getvalue()


@dataclass(frozen=True)
class ImageCodec:
    """Pictures to arrays: squashed to a square of size pixels, scaled to [0, 1], mean taken off, divided by std, per channel."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def encode(self, pictures: list[bytes]) -> NDArray[np.float32]:
        """float32 [B, 3, size, size] of the pictures' bytes. Raises PictureError."""
        made = np.empty((len(pictures), 3, self.size, self.size), dtype=np.float32)
        for place, data in enumerate(pictures):
            small = open_picture(data).resize((self.size, self.size), Image.Resampling.BILINEAR)
            values = np.asarray(small, dtype=np.float32) / 255
            normal = (values - np.asarray(self.mean, dtype=np.float32)) / np.asarray(self.std, dtype=np.float32)
            made[place] = normal.transpose(2, 0, 1)
        return made

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the same that from_dict takes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ImageCodec:
        """The codec that to_dict wrote. Raises KeyError if a value is missing."""
        return cls(int(raw["size"]), tuple(raw["mean"]), tuple(raw["std"]))
