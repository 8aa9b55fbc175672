"""``make api-coverage``: Harbor's operations, one by one: routed, authorised by a test, validated."""

from __future__ import annotations

import re
import sys
from itertools import groupby

import pytest

REFUSED = frozenset((401, 403))
COLUMNS = ("routed", "authorised", "validated")


def main() -> int:
    # What chance has tried is no test of anybody's rights.
    code = pytest.main(["tests/rest", "--no-header", "--ignore", "tests/rest/fuzz"])
    # Only now: the run has set Django up.
    from tests.rest.contract import operations

    totals = dict.fromkeys(COLUMNS, 0)
    known = sorted(operations(), key=lambda operation: (operation.tag, operation.path, operation.method))
    for tag, of_tag in groupby(known, key=lambda operation: operation.tag):
        print(f"\n{tag}")
        for operation in of_tag:
            found = state(operation.name, operation.method, operation.path)
            marks = " ".join(f"{word if found[word] else '-':10}" for word in COLUMNS)
            _, why = WITHOUT_SUCCESS.get(operation.name, (0, ""))
            print(f"  {marks} {operation.method:6} {operation.path}{f'  ({why})' if why else ''}")
            for word in COLUMNS:
                totals[word] += found[word]
    print("\n" + ", ".join(f"{word} {totals[word]} of {len(known)}" for word in COLUMNS))
    return int(code)


def state(name: str, method: str, path: str) -> dict[str, bool]:
    """Validated: a success was held against the contract, or what stands for it where there can be none.

    Authorised: as well as a refusal, where one is possible.
    """
    from tests.rest.contract import SEEN

    routed = is_routed(method, path)
    seen = SEEN[name] if routed else set()
    stands_for_success, _ = WITHOUT_SUCCESS.get(name, (0, ""))
    validated = any(200 <= status < 300 or status == stands_for_success for status in seen)
    authorised = validated and (bool(seen & REFUSED) or name in OPEN)
    return {"routed": routed, "authorised": authorised, "validated": validated}


# What is refused to everybody, since there is nothing yet that it could be about: by which status, and why.
WITHOUT_SUCCESS = {
    "setCliSecret": (412, "412: nobody signs in through OIDC yet"),
    "getVulnerabilitiesAddition": (404, "404: there is no scanner yet"),
    "setScannerOfProject": (404, "404: there is no scanner yet"),
}
# Operations that anybody may call, so that nobody can be refused.
OPEN = frozenset(
    (
        "getHealth",
        "getIcon",
        "getPing",
        "getSystemInfo",
        "getCert",
        "search",
        "listProjects",
        "listAllRepositories",
        "ListLabels",
    )
)


def is_routed(method: str, path: str) -> bool:
    """Whether a view of ours has this method; those that say that they are not there yet do not count."""
    from django.urls import resolve

    from portal.rest.later import LaterView
    from portal.rest.unknown import UnknownView

    view = resolve("/api/v2.0" + re.sub(r"\{[^}]+\}", "1", path)).func.cls  # type: ignore[attr-defined]
    handler = method.lower() if method != "HEAD" or hasattr(view, "head") else "get"
    return view not in (LaterView, UnknownView) and hasattr(view, handler)


if __name__ == "__main__":
    sys.exit(main())
