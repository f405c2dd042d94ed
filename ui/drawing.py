"""Draw charts and maps as data URLs.

So nothing is fetched, and no text becomes HTML.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from html import escape
from io import BytesIO

from PIL import Image

from bot.tool import Point

WIDTH, HEIGHT = 460, 340
_MARGIN = 34
_LINE = 17

# An image cannot use the colours of the page; it follows the colour scheme of the system, as the page itself does.
_STYLE = """
text { font: 14px system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; fill: #334155; }
.marked { font-weight: 700; fill: #b45309; } circle { fill: #0d9488; } circle.marked { fill: #f59e0b; }
rect { fill: #0d9488; } rect.marked { fill: #f59e0b; }
line { stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 2 4; opacity: .6; }
@media (prefers-color-scheme: dark) { text { fill: #cbd5e1; } text.marked { fill: #fbbf24; } }
"""


def encode_png(picture: bytes) -> str:
    """Return the data URL of a PNG."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def encode_jpeg(picture: bytes) -> str:
    """Return the data URL of a JPEG."""
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()


def build_figure(address: str, caption: str, kind: str = "", is_caption_hidden: bool = False) -> str:
    """Build the HTML of a picture with its caption.

    No text of a person, a corpus or a model becomes HTML: the address is base64 that we encoded.

    Args:
        address: The data URL.
        caption: One of the texts of the page.
        kind: A CSS class.
        is_caption_hidden: Whether the caption is for screen readers only.
    """
    under = "" if is_caption_hidden else f"<figcaption>{escape(caption)}</figcaption>"
    return f'<figure class="{kind}"><img alt="{escape(caption)}" src="{address}">{under}</figure>'


def draw_captioned(picture: bytes, text: str) -> str:
    """Return the data URL of an SVG: a PNG with one line of text below it."""
    width, height = Image.open(BytesIO(picture)).size
    size = min(20.0, max(9.0, (width - 4) / max(_measure_width(text) / 14.5, 1)))
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + 28}" width="{width}" height="{height + 28}">',
        f"<style>{_STYLE}</style>",
        f'<image href="{encode_png(picture)}" width="{width}" height="{height}"/>',
        f'<text x="{width / 2:.0f}" y="{height + 20}" text-anchor="middle" style="font-size: {size:.0f}px">{escape(text)}</text>',
    )
    return _encode_svg("".join([*parts, "</svg>"]))


def draw_bars(shares: Sequence[tuple[str, float]]) -> str:
    """Return the data URL of a bar chart.

    Each text has a bar by its share in [0, 1]; the first is highlighted.
    """
    high, room = 30, min(200.0, max((_measure_width(text) for text, _ in shares), default=0) + 16)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high * len(shares) + 4}" width="{WIDTH}" '
        f'height="{high * len(shares) + 4}"><style>{_STYLE}</style>'
    ]
    for place, (text, share) in enumerate(shares):
        mark = ' class="marked"' if place == 0 else ""
        long = max(2.0, share * (WIDTH - room - 60))
        down = high * place
        parts.append(
            f'<text{mark} x="{room - 8:.0f}" y="{down + 20}" text-anchor="end">{escape(_shorten(text))}</text>'
            f'<rect{mark} x="{room:.0f}" y="{down + 6}" width="{long:.1f}" height="18" rx="4"/>'
            f'<text x="{room + long + 6:.1f}" y="{down + 20}">{share:.0%}</text>'
        )
    return _encode_svg("".join([*parts, "</svg>"]))


def draw_map(points: Sequence[Point]) -> str:
    """Return the data URL of a map of labelled points.

    Lines join the marked points to the others. No label covers another.
    """
    spots = _place_points(points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{_STYLE}</style>",
    ]
    for (x, y), point in zip(spots, points, strict=True):
        if point.marked:
            parts += [
                f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to:.1f}" y2="{down:.1f}"/>'
                for (to, down), other in zip(spots, points, strict=True)
                if not other.marked
            ]
    for (x, y), point in zip(spots, points, strict=True):
        parts.append(f'<circle{_build_class(point)} cx="{x:.1f}" cy="{y:.1f}" r="{6 if point.marked else 4.5}"/>')
    for (x, y), point in zip(_place_labels(spots, points), points, strict=True):
        parts.append(f'<text{_build_class(point)} x="{x:.1f}" y="{y:.1f}">{escape(point.label)}</text>')
    return _encode_svg("".join([*parts, "</svg>"]))


def _encode_svg(drawn: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def _shorten(text: str) -> str:
    return text if len(text) <= 16 else text[:15] + "…"


def _build_class(point: Point) -> str:
    return ' class="marked"' if point.marked else ""


def _place_points(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return the positions of the points in pixels.

    Both axes are scaled to fill the map, y upwards.
    """
    made = []
    for values, size in (([point.x for point in points], WIDTH - 60), ([-point.y for point in points], HEIGHT)):
        least, span = min(values), max(max(values) - min(values), 1e-9)
        made.append([_MARGIN + (value - least) / span * (size - 2 * _MARGIN) for value in values])
    return list(zip(*made, strict=True))


def _place_labels(spots: Sequence[tuple[float, float]], points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return where the labels begin, in pixels.

    A label stands right of its point, or left of it at the edge, moved up or down until it covers no other label.
    """
    taken: list[tuple[float, float, float]] = []
    made: dict[int, tuple[float, float]] = {}
    for place in sorted(range(len(points)), key=lambda place: not points[place].marked):
        x, y = spots[place]
        wide = _measure_width(points[place].label)
        x = x + 9 if x + 9 + wide < WIDTH else max(x - 9 - wide, 2)
        for moved in sorted((step * 6 for step in range(-50, 51)), key=abs):
            down = y + 5 + moved
            free = all(abs(down - v) >= _LINE or x >= u + w + 4 or u >= x + wide + 4 for u, v, w in taken)
            if free and _LINE <= down <= HEIGHT - 6:
                break
        taken.append((x, down, wide))
        made[place] = (x, down)
    return [made[place] for place in range(len(points))]


def _measure_width(text: str) -> float:
    return sum(14.5 if unicodedata.east_asian_width(character) in "WF" else 8 for character in text)
