"""Pictures that the tests draw."""

import io

from PIL import Image, ImageDraw


def jpeg(colour: str, size: tuple[int, int] = (120, 90), spot: str | None = None) -> bytes:
    """Return a picture of one colour, with a spot in its upper left quarter."""
    picture = Image.new("RGB", size, colour)
    if spot:
        ImageDraw.Draw(picture).ellipse((0, 0, size[0] // 2, size[1] // 2), fill=spot)
    made = io.BytesIO()
    picture.save(made, "JPEG")
    return made.getvalue()
