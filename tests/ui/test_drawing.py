"""Maps that the page draws. Run: python -m pytest tests/ui/test_drawing.py"""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest

from bot.tool import Point
from ui.drawing import HEIGHT, WIDTH, draw_map

SVG = "{http://www.w3.org/2000/svg}"
CROWD = [Point("高兴", 0, 0, True), *(Point(f"word{number}", 0.001 * number, 0.001) for number in range(10))]


def parse_map(points: list[Point]) -> ElementTree.Element:
    head, _, body = draw_map(points).partition(",")
    assert head == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(body))


@pytest.mark.parametrize("points", [CROWD, [Point("一", 3, 3, True)], [Point("a", 0, 0), Point("b", 0, 0)]])
def test_every_point_is_on_the_map_with_its_label(points: list[Point]) -> None:
    svg = parse_map(points)
    assert [text.text for text in svg.iter(f"{SVG}text")] == [point.label for point in points]
    for circle in svg.iter(f"{SVG}circle"):
        assert 0 <= float(circle.attrib["cx"]) <= WIDTH
        assert 0 <= float(circle.attrib["cy"]) <= HEIGHT


def test_no_label_covers_another_even_in_a_crowd() -> None:
    texts = list(parse_map(CROWD).iter(f"{SVG}text"))
    boxes = [(float(one.attrib["x"]), float(one.attrib["y"]), 8 * len(one.text or "")) for one in texts]
    for place, (x, y, wide) in enumerate(boxes):
        assert 0 < y <= HEIGHT
        for other_x, other_y, other_wide in boxes[:place]:
            assert abs(y - other_y) >= 16 or x >= other_x + other_wide or other_x >= x + wide


def test_up_is_up_and_the_marked_one_is_joined_to_the_others() -> None:
    svg = parse_map([Point("low", 0, 0, True), Point("high", 1, 1), Point("高", 0.5, 2)])
    low, high, highest = (float(one.attrib["cy"]) for one in svg.iter(f"{SVG}circle"))
    assert low > high > highest
    assert len(list(svg.iter(f"{SVG}line"))) == 2


def test_a_label_is_text_and_nothing_else() -> None:
    label = '</text><script>alert("门")</script>&amp;'
    svg = parse_map([Point(label, 0, 0, True), Point("b", 1, 1)])
    assert next(svg.iter(f"{SVG}text")).text == label
    assert list(svg.iter(f"{SVG}script")) == []
