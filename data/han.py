"""The Chinese characters, as a range for regular expressions."""

from __future__ import annotations

HAN_RANGE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""The inside of a character class: CJK ideographs, extension A and the compatibility ideographs. Rarer planes are left out."""
