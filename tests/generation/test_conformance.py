"""The server beside its schema, with made-up requests. Run: python -m pytest tests/generation/test_conformance.py"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from generation.serve import build_app
from tests.generation.test_serve import ScriptedModel

schemathesis = pytest.importorskip("schemathesis")
APP = build_app(ScriptedModel("你好，", "world"), is_local=False)
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)


@SCHEMA.parametrize()  # type: ignore[untyped-decorator] # schemathesis has no types for it
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_what_the_schema_says(case: Any) -> None:
    """No server error, only documented statuses and forms, valid requests accepted, invalid ones refused."""
    case.call_and_validate()
