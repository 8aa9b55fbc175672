"""Webhooks over the REST API."""

from __future__ import annotations

from typing import Any

from accounts.models import Project
from tests.rest.conftest import Caller

HOOK = {"type": "http", "address": "https://hooks.example.org/a?b=c"}


def body(name: str = "hook", **more: Any) -> dict[str, Any]:
    return {"name": name, "enabled": True, "event_types": ["PUSH_ARTIFACT"], "targets": [HOOK], **more}


def make(owner: Caller, project: Project, *arguments: str, **more: Any) -> str:
    answer = owner.post(f"/projects/{project.name}/webhook/policies", body(*arguments, **more)).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0")
