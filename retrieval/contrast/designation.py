"""Product names with a variant: an iPhone 15 Pro Max is no iPhone 15 Pro."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data.text.standardize import standardize

_VARIANT = r"pro|max|plus|mini|ultra|air|se|lite"
_DESIGNATION = re.compile(rf"([a-z]+)\s+(\d+)((?:\s+(?:{_VARIANT})(?![a-z0-9]))*)")


def is_another_variant(text: str, phrasings: Iterable[str]) -> bool:
    """Return whether a text names a known thing in a variant that no phrasing names.

    >>> is_another_variant("iPhone 15 Pro Max 换电池", ["iPhone 15 Pro 换电池多少钱"])
    True
    >>> is_another_variant("iPhone15Pro battery", ["How much is a battery for the iPhone 15 Pro?"])
    False
    """
    stored = {found for phrasing in phrasings for found in _list_designations(phrasing)}
    named = {designation[:2] for designation in stored}
    return any(found[:2] in named and found not in stored for found in _list_designations(text))


def _list_designations(text: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(name, number, tuple(rest.split())) for name, number, rest in _DESIGNATION.findall(standardize(text))]
