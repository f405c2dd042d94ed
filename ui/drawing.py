"""Pictures that the page draws itself, as addresses that hold the whole picture: nothing is fetched, no text becomes HTML."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Sequence
from html import escape

from bot.tool import Point

WIDTH, HEIGHT = 460, 340
_MARGIN = 34
_LINE = 17

# A picture cannot see the page's colours; it follows the system's, as the page itself does.
_STYLE = """
text { font: 14px system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif; fill: #334155; }
.marked { font-weight: 700; fill: #b45309; } circle { fill: #0d9488; } circle.marked { fill: #f59e0b; }
line { stroke: #94a3b8; stroke-width: 1; stroke-dasharray: 2 4; opacity: .6; }
@media (prefers-color-scheme: dark) { text { fill: #cbd5e1; } text.marked { fill: #fbbf24; } }
"""


def png(picture: bytes) -> str:
    """The address of a PNG."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def map_of(points: Sequence[Point]) -> str:
    """The address of an SVG with every point and its label, the marked ones joined to the others; no label covers another."""
    spots = _spots(points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{_STYLE}</style>",
    ]
    for (x, y), one in zip(spots, points, strict=True):
        if one.marked:
            parts += [
                f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to:.1f}" y2="{down:.1f}"/>'
                for (to, down), other in zip(spots, points, strict=True)
                if not other.marked
            ]
    for (x, y), one in zip(spots, points, strict=True):
        parts.append(f'<circle{_mark(one)} cx="{x:.1f}" cy="{y:.1f}" r="{6 if one.marked else 4.5}"/>')
    for (x, y), one in zip(_labels(spots, points), points, strict=True):
        parts.append(f'<text{_mark(one)} x="{x:.1f}" y="{y:.1f}">{escape(one.label)}</text>')
    svg = "".join([*parts, "</svg>"])
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _mark(point: Point) -> str:
    return ' class="marked"' if point.marked else ""


def _spots(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Where the points are drawn, in pixels: both axes filled, upwards as usual."""
    made = []
    for values, size in (([one.x for one in points], WIDTH - 60), ([-one.y for one in points], HEIGHT)):
        least, span = min(values), max(max(values) - min(values), 1e-9)
        made.append([_MARGIN + (value - least) / span * (size - 2 * _MARGIN) for value in values])
    return list(zip(*made, strict=True))


def _labels(spots: Sequence[tuple[float, float]], points: Sequence[Point]) -> list[tuple[float, float]]:
    """Where the labels begin: right of their points, or left at the edge, moved up or down until they cover no other label."""
    taken: list[tuple[float, float, float]] = []
    made: dict[int, tuple[float, float]] = {}
    for place in sorted(range(len(points)), key=lambda place: not points[place].marked):
        x, y = spots[place]
        wide = _width(points[place].label)
        x = x + 9 if x + 9 + wide < WIDTH else max(x - 9 - wide, 2)
        for moved in sorted((step * 6 for step in range(-50, 51)), key=abs):
            down = y + 5 + moved
            free = all(abs(down - v) >= _LINE or x >= u + w + 4 or u >= x + wide + 4 for u, v, w in taken)
            if free and _LINE <= down <= HEIGHT - 6:
                break
        taken.append((x, down, wide))
        made[place] = (x, down)
    return [made[place] for place in range(len(points))]


def _width(text: str) -> float:
    return sum(14.5 if unicodedata.east_asian_width(one) in "WF" else 8 for one in text)
