"""Repository names that are none: refused with their own code before anything is looked up, and nothing is made."""

from __future__ import annotations

import pytest

from accounts.models import Project
from tests.conformance.blobs import Place, post_only, random_blob
from tests.support.people import Person
from tests.v2.raw import Wire, basic
from tests.v2.traces import nothing_stored

DIGEST = f"sha256:{'a' * 64}"
BAD = [
    "UPPER",
    "library/Upper",
    "library/.hidden",
    "library/-dash",
    "library/dash-",
    "library/dot.",
    "library/_",
    "library/a___b",
    "library/a..b",
    "library/a._b",
    "library//twice",
    "/library/a",
    "library/a/",
    "library/..",
    "library/../library/a",
    "..",
    "../../etc",
    "library/%2e%2e/a",
    "library/..%2f..%2fa",
    "library/a%00",
    "library/a%0a",
    "library/a%0d%0aX-Injected:%201",
    "library/a%20b",
    "library/%e4%b8%ad",
    "library/%ff%fe",
    "library/a%5cb",
    "library/a:b",
    "library/a@b",
    "library/a%3fb",
    "library/a%23b",
    "library/" + "a" * 250,
    "library/" + "a/" * 200 + "a",
    "%",
    "library/%zz",
]
ADDRESSES = [
    ("GET", "/v2/{name}/tags/list"),
    ("GET", "/v2/{name}/manifests/latest"),
    ("HEAD", f"/v2/{{name}}/manifests/{DIGEST}"),
    ("PUT", "/v2/{name}/manifests/latest"),
    ("DELETE", f"/v2/{{name}}/manifests/{DIGEST}"),
    ("GET", f"/v2/{{name}}/blobs/{DIGEST}"),
    ("DELETE", f"/v2/{{name}}/blobs/{DIGEST}"),
    ("POST", "/v2/{name}/blobs/uploads/"),
    ("GET", f"/v2/{{name}}/referrers/{DIGEST}"),
]


def test_a_good_name_is_taken(place: Place):
    post_only(place, random_blob(10)).expect(201)


@pytest.mark.parametrize("name", BAD)
def test_bad_name(wire: Wire, owner: Person, project: Project, name: str):
    with nothing_stored(project):
        for method, address in ADDRESSES:
            reply = wire.request(method, address.format(name=name), basic(owner))
            assert reply.status in (400, 404), (method, address)
            if method != "HEAD":
                assert reply.codes in (["NAME_INVALID"], ["NOT_FOUND"]), (method, address)


@pytest.mark.parametrize("name", BAD)
def test_bad_name_as_a_source_of_a_mount(wire: Wire, owner: Person, project: Project, name: str):
    """The good target is not made either."""
    target = f"/v2/{project.name}/mounted/blobs/uploads/?mount={DIGEST}&from={name.replace('#', '%23')}"
    with nothing_stored(project):
        reply = wire.request("POST", target, basic(owner))
    assert (reply.status, reply.codes) == (400, ["NAME_INVALID"])


@pytest.mark.parametrize("name", ["UPPER", "library/..%2f..%2fa"])
def test_bad_name_of_a_stranger(wire: Wire, name: str):
    """What a name must look like is no secret."""
    reply = wire.request("GET", f"/v2/{name}/tags/list")
    assert (reply.status, reply.codes) == (400, ["NAME_INVALID"])


NOWHERE = [
    "/v2/x",
    "/v2/_unknown",
    "/v2/library/a/blobs",
    "/v2//",
    "/v2/library/a/manifests/b/c",
    "/v2/library/a/blobs/uploads/b/c",
    "/v2/library/a/tags",
    "/v2/_oci/ext/discover",
]


@pytest.mark.parametrize("path", NOWHERE)
def test_address_that_is_none(wire: Wire, owner: Person, path: str):
    reply = wire.request("GET", path, basic(owner))
    assert reply.status in (400, 404), reply
    assert reply.codes
    assert reply.header("Docker-Distribution-Api-Version") == "registry/2.0"
