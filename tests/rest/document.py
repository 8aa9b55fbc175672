"""Our own API document (docs/openapi.yaml, as it is made of the views), and whether an answer keeps to it.

Stricter than clients have to be: nothing may come that the document does not tell, neither a status nor a field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from portal.rest.documents import document
from tests.rest.contract import FORMATS, Operation, Violation

# Of what came before any view: an address or a method that there is not.
ALWAYS = frozenset((404, 405))


@cache
def operations() -> tuple[Operation, ...]:
    """Those with fewer placeholders first, as in :func:`tests.rest.contract.operations`."""
    found = [
        Operation(told["operationId"], method.upper(), path, told["tags"][0], told["responses"])
        for path, item in document()["paths"].items()
        for method, told in item.items()
    ]
    return tuple(sorted(found, key=lambda operation: operation.placeholders))


def check(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> Operation | None:
    """The operation of ours that was called, None where there is none. Raises Violation."""
    inner = path.partition("?")[0]
    operation = next((each for each in operations() if each.method == method and each.pattern.fullmatch(inner)), None)
    if operation is None:
        return None
    where = f"our own {operation.name} ({method} {path}) -> {status}"
    response = operation.responses.get(str(status))
    if response is None:
        if status not in ALWAYS:
            raise Violation(f"{where}: the document has no such status, only {', '.join(operation.responses)}")
        return operation
    response = resolved(response)
    present = {name.lower() for name in headers}
    missing = [name for name in response.get("headers", ()) if name.lower() not in present and name != "Link"]
    if missing:
        raise Violation(f"{where}: without {', '.join(missing)}")
    if method != "HEAD":
        _check_content(where, response.get("content", {}), headers, body)
    return operation


def _check_content(where: str, content: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> None:
    if not content:
        if body:
            raise Violation(f"{where}: a body, where the document tells of none: {body[:200]!r}")
        return
    media_type = headers.get("Content-Type", "").partition(";")[0]
    if media_type not in content:
        raise Violation(f"{where}: {media_type}, where the document tells of {', '.join(content)}")
    if media_type != "application/json":
        return
    validator = _validator(json.dumps(content[media_type]["schema"]))
    faults = sorted(validator.iter_errors(json.loads(body)), key=lambda fault: list(map(str, fault.path)))
    if faults:
        told = "; ".join(f"{'/'.join(map(str, fault.path)) or 'body'}: {fault.message[:200]}" for fault in faults[:5])
        raise Violation(f"{where}: {told}")


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    found: Mapping[str, Any] = document()["components"][kind][name]
    return found


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = {"schemas": _as_json_schema(document()["components"]["schemas"])}
    return Draft202012Validator(
        {**_as_json_schema(json.loads(schema)), "components": components}, format_checker=FORMATS
    )


def _as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 says differently what may be null; and here an object has nothing beside what is told of it."""
    if isinstance(schema, list):
        return [_as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _as_json_schema(value) for key, value in schema.items() if key != "nullable"}
    if isinstance(schema.get("properties"), dict) and "type" in schema and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made
