"""The base of model configurations, which artifacts store as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Self


class StoredConfig:
    """The base of frozen dataclasses that are stored as JSON-ready values.

    stored_keys maps a field to the key that older artifacts hold it under, where the two differ.
    """

    stored_keys: ClassVar[Mapping[str, str]] = {}

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values, under their stored keys."""
        values: dict[str, Any] = asdict(self)  # type: ignore[call-overload]
        return {self.stored_keys.get(name, name): value for name, value in values.items()}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """Build the configuration from what `to_dict` returned.

        Raises:
            TypeError: A value is missing, or one is unknown.

        A list, as JSON has it, becomes a tuple.
        """
        fields = {key: name for name, key in cls.stored_keys.items()}
        return cls(
            **{fields.get(key, key): tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
        )
