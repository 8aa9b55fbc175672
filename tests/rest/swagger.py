"""The contract as an API document (Swagger 2.0), for programs that read one."""

from __future__ import annotations

from typing import Any

from tests.rest.contract import BASE, CONTRACT


def swagger() -> dict[str, Any]:
    """All 203 operations; who may call is said as Harbor says it, by Basic credentials or nobody."""
    paths: dict[str, dict[str, Any]] = {}
    for name, facts in CONTRACT["operations"].items():
        paths.setdefault(facts["path"], {})[facts["method"].lower()] = _operation(name, facts)
    return {
        "swagger": "2.0",
        "info": {"title": "Portolan", "version": "2.0"},
        "basePath": BASE,
        "schemes": ["http"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"basic": {"type": "basic"}},
        "security": [{"basic": []}, {}],
        "paths": paths,
        "definitions": _with_open_objects(CONTRACT["definitions"]),
    }


def _operation(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    answers = {status: _answer(answer) for status, answer in facts["responses"].items()}
    media_types = {key: facts[key] for key in ("consumes", "produces") if key in facts}
    return {
        "operationId": name,
        "tags": [facts["tag"]],
        "parameters": facts["parameters"],
        "responses": answers,
        **media_types,
    }


def _answer(facts: dict[str, Any]) -> dict[str, Any]:
    headers = {name: {"type": "string"} for name in facts.get("headers", ())}
    schema = {"schema": facts["schema"]} if "schema" in facts else {}
    return {"description": "", "headers": headers, **schema}


def _with_open_objects(part: Any) -> Any:
    """Objects of objects, or of nothing said, are Harbor's way to say "anything": it sends numbers and texts there.

    A generator would take it at its word and make a client that refuses them.
    """
    if isinstance(part, list):
        return [_with_open_objects(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _with_open_objects(each) for key, each in part.items()}
    return (
        {**made, "additionalProperties": True} if made.get("additionalProperties") in ({}, {"type": "object"}) else made
    )
