"""Policies of retention over the REST API, and their runs."""

from __future__ import annotations

from typing import Any

from accounts.models import Project
from jobs.models import Execution
from tests.rest.conftest import Caller


def rule(template: str = "latestPushedK", number: int = 1, tags: str = "**", **more: Any) -> dict[str, Any]:
    return {
        "disabled": False,
        "action": "retain",
        "template": template,
        "params": {template: number},
        "tag_selectors": [
            {"kind": "doublestar", "decoration": "matches", "pattern": tags, "extras": '{"untagged":true}'}
        ],
        "scope_selectors": {
            "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**", "extras": ""}]
        },
        **more,
    }


def policy(project: Project, *rules: dict[str, Any], cron: str = "", **more: Any) -> dict[str, Any]:
    return {
        "algorithm": "or",
        "rules": list(rules) or [rule()],
        "trigger": {"kind": "Schedule", "settings": {"cron": cron}, "references": {}},
        "scope": {"level": "project", "ref": project.pk},
        **more,
    }


def made(caller: Caller, project: Project, *rules: dict[str, Any], **more: Any) -> str:
    """The path of a new policy."""
    answer = caller.post("/retentions", policy(project, *rules, **more)).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0")


def begun(caller: Caller, path: str, *, dry_run: bool = False) -> tuple[str, Execution]:
    answer = caller.post(f"{path}/executions", {"dry_run": dry_run}).expect(201)
    run = answer.headers["Location"].removeprefix("/api/v2.0")
    return run, Execution.objects.get(pk=run.rpartition("/")[2])
