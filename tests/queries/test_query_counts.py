"""How many queries each hot route makes stands in a committed file, so that a new one shows in the diff.

``UPDATE_QUERY_COUNTS=1`` writes the file anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts import generations
from accounts.actors import SYSTEM, actor_of
from accounts.robots import Access
from accounts.services.personal_tokens import create_personal_token
from accounts.services.projects import create_project
from accounts.services.users import create_user
from tests.queries.in_process import Answer, basic, bearer, request
from tests.support.queries import asked, counted

BASELINE = Path(__file__).with_name("query_counts.json")
NAME = "counted/app"
PASSWORD = "Counted-Passw0rd"
CONTENT = b"what the layer holds"
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
TYPE = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def counts(db: None) -> Iterator[dict[str, int]]:
    """Routes and their numbers of queries, compared with the baseline (or written to it) at the end."""
    found: dict[str, int] = {}
    yield found
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n")
    assert found == json.loads(BASELINE.read_text())


def test_hot_routes_make_as_many_queries_as_the_baseline_says(counts: dict[str, int]) -> None:
    create_user(actor=SYSTEM, username="counter", password=PASSWORD, email="counter@example.com", is_sysadmin=True)
    create_project(actor=SYSTEM, name="counted")
    token = bearer("counter", PASSWORD, f"repository:{NAME}:pull,push,delete")

    def count(route: str, method: str, path: str, status: int, **kwargs: object) -> Answer:
        with counted() as queries:
            answer = request(method, path, headers={**token, **kwargs.pop("headers", {})}, **kwargs)  # type: ignore[dict-item, arg-type]
        assert answer.status == status, answer
        counts[route] = asked(queries)
        return answer

    base = f"/v2/{NAME}"
    generations.bump(generations.RIGHTS)
    count("GET /v2/ with a token not seen before", "GET", "/v2/", 200)
    count("GET /v2/", "GET", "/v2/", 200)
    started = count("POST blobs/uploads/", "POST", f"{base}/blobs/uploads/", 202)
    place = started.headers["Location"]
    count("PATCH blobs/uploads/<id>", "PATCH", place, 202, body=CONTENT)
    count("GET blobs/uploads/<id>", "GET", place, 204)
    count("PUT blobs/uploads/<id>, first blob of a repository", "PUT", f"{place}?digest={DIGEST}", 201)
    again = count("POST blobs/uploads/", "POST", f"{base}/blobs/uploads/", 202).headers["Location"]
    count("PUT blobs/uploads/<id> with the whole blob", "PUT", f"{again}?digest={DIGEST}", 201, body=CONTENT)
    count("POST blobs/uploads/?mount=", "POST", f"/v2/{NAME}/blobs/uploads/?mount={DIGEST}&from={NAME}", 201)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": TYPE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": len(CONTENT)},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": DIGEST, "size": len(CONTENT)}],
        }
    ).encode()
    pushed = {"headers": {"Content-Type": TYPE}, "body": manifest}
    digest = count("PUT manifests/<tag>, new", "PUT", f"{base}/manifests/1", 201, **pushed).headers[
        "Docker-Content-Digest"
    ]
    count("PUT manifests/<tag>, again", "PUT", f"{base}/manifests/1", 201, **pushed)
    count("GET manifests/<tag>", "GET", f"{base}/manifests/1", 200)
    count("HEAD manifests/<tag>", "HEAD", f"{base}/manifests/1", 200)
    count("GET manifests/<digest>", "GET", f"{base}/manifests/{digest}", 200)
    count("HEAD manifests/<digest>", "HEAD", f"{base}/manifests/{digest}", 200)
    count("HEAD blobs/<digest>", "HEAD", f"{base}/blobs/{DIGEST}", 200)
    count("GET blobs/<digest>", "GET", f"{base}/blobs/{DIGEST}", 200)
    count("GET tags/list", "GET", f"{base}/tags/list", 200)
    count("GET referrers/<digest>", "GET", f"{base}/referrers/{digest}", 200)
    count("DELETE manifests/<tag>", "DELETE", f"{base}/manifests/1", 202)
    count("DELETE manifests/<digest>", "DELETE", f"{base}/manifests/{digest}", 202)
    count("DELETE blobs/<digest>", "DELETE", f"{base}/blobs/{DIGEST}", 202)


def test_a_token_costs_as_many_queries_as_the_baseline_says_however_many_scopes(db: None) -> None:
    create_user(actor=SYSTEM, username="counter", password=PASSWORD, email="counter@example.com")
    request("GET", "/service/token?service=harbor-registry", headers=basic("counter", PASSWORD))
    numbers = {}
    for many in (1, 20):
        scopes = "&".join(f"scope=repository:library/app{number}:pull" for number in range(many))
        with counted() as queries:
            request("GET", f"/service/token?service=harbor-registry&{scopes}", headers=basic("counter", PASSWORD))
        numbers[many] = len(queries)
    assert numbers[1] == numbers[20]


def test_whoever_comes_with_a_personal_token_costs_no_query_more(db: None) -> None:
    user = create_user(actor=SYSTEM, username="counter", password=PASSWORD)
    create_project(actor=actor_of(user), name="counted")
    user.refresh_from_db()
    permissions = [Access("project", "counted", "repository", action) for action in ("pull", "push", "delete")]
    _, token = create_personal_token(actor=actor_of(user), name="tool", permissions=permissions)
    scope = f"repository:{NAME}:pull,push,delete"
    for path in (
        "/v2/",
        f"/v2/{NAME}/tags/list",
        f"/v2/{NAME}/blobs/{DIGEST}",
        f"/service/token?service=harbor-registry&scope={scope}",
    ):
        numbers = []
        for password in (PASSWORD, token):
            headers = basic("counter", password)
            request("GET", path, headers=headers)
            with counted() as queries:
                request("GET", path, headers=headers)
            numbers.append(len(queries))
        assert numbers[0] == numbers[1], path
    numbers = []
    for password in (PASSWORD, token):
        headers = bearer("counter", password, scope)
        with counted() as queries:
            request("GET", "/v2/", headers=headers)
            request("GET", f"/v2/{NAME}/tags/list", headers=headers)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
