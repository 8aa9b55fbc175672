"""Harbor's API contract (contract.json), and whether an answer keeps to it: status, required headers, body."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

FORMATS = FormatChecker()
CONTRACT = json.loads(Path(__file__).with_name("contract.json").read_text())
BASE: str = CONTRACT["base_path"]
# Every answer may be one of these, whether or not an operation lists them: the request was refused before it got there,
# or something is there already (409) or in the way (412), which Harbor answers for more operations than it lists.
ALWAYS = frozenset({"400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "500", "501", "503"})

# Tags of operations that are not there yet.
LATER = frozenset(("Ldap", "oidc", "scan", "scanAll", "scanner", "securityhub", "preheat", "scan data export"))


# Which statuses each operation has been seen to answer, by its name; what `make api-coverage` prints.
SEEN: defaultdict[str, set[int]] = defaultdict(set)


class Violation(AssertionError):
    """An answer that Harbor's clients would stumble over."""


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    tag: str
    responses: Mapping[str, Mapping[str, Any]]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{[^}]+\}", self.path.rstrip("/"))
        return re.compile("[^/]+".join(re.escape(part) for part in parts) + "/?")

    @property
    def placeholders(self) -> int:
        return self.path.count("{")


@cache
def operations() -> tuple[Operation, ...]:
    """Those with fewer placeholders first: ``/users/current`` is not a user's id."""
    found = [
        Operation(name, facts["method"], facts["path"], facts["tag"], facts["responses"])
        for name, facts in CONTRACT["operations"].items()
    ]
    return tuple(sorted(found, key=lambda operation: operation.placeholders))


def operation_of(method: str, path: str) -> Operation | None:
    """``path`` as it is sent, below the base path or with it."""
    inner = path.partition("?")[0].removeprefix(BASE)
    return next((each for each in operations() if each.method == method and each.pattern.fullmatch(inner)), None)


def check(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> Operation | None:
    """The operation that was called, None where the contract has none. Raises Violation."""
    operation = operation_of(method, path)
    if operation is None:
        return None
    where = f"{operation.name} ({method} {path}) -> {status}"
    response = operation.responses.get(str(status))
    if response is None:
        if str(status) not in ALWAYS:
            raise Violation(f"{where}: the contract has no such status, only {', '.join(operation.responses)}")
        response = {"schema": {"$ref": "#/definitions/Errors"}}
    present = {name.lower() for name in headers}
    missing = [name for name in response.get("headers", ()) if name.lower() not in present and name != "Link"]
    if missing:
        raise Violation(f"{where}: without {', '.join(missing)}")
    if "schema" in response and method != "HEAD":
        _check_body(where, response["schema"], body)
    SEEN[operation.name].add(status)
    return operation


def _check_body(where: str, schema: Mapping[str, Any], body: bytes) -> None:
    if schema.get("type") in ("string", "file"):
        return  # a log, a certificate, a readme, a document of somebody else's: whatever it is, it is sent as it is
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Violation(f"{where}: the body is not JSON: {body[:200]!r}") from error
    faults = sorted(_validator(json.dumps(schema)).iter_errors(document), key=lambda fault: list(fault.path))
    if faults:
        told = "; ".join(f"{'/'.join(map(str, fault.path)) or 'body'}: {fault.message[:200]}" for fault in faults[:5])
        raise Violation(f"{where}: {told}")


@cache
def _validator(schema: str) -> Draft4Validator:
    definitions = {name: _as_json_schema(each) for name, each in CONTRACT["definitions"].items()}
    return Draft4Validator({**_as_json_schema(json.loads(schema)), "definitions": definitions}, format_checker=FORMATS)


def _as_json_schema(schema: Any) -> Any:
    """Swagger 2.0 says differently what may be null, and leaves open what else an object may hold: nothing here."""
    if isinstance(schema, list):
        return [_as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema == {"type": "object"}:
        return {}  # Harbor's way to say "anything": what it sends there are texts and numbers, too
    made = {key: _properties(value) if key == "properties" else _as_json_schema(value) for key, value in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema:
        made["additionalProperties"] = False
    if (schema.get("x-nullable") or schema.get("x-isnullable")) and isinstance(schema.get("type"), str):
        made["type"] = [schema["type"], "null"]
    return made


def _properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _as_json_schema(each) for name, each in properties.items()}
