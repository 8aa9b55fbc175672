"""Tags and digests that are none."""

from __future__ import annotations

import pytest

from accounts.models import Project
from tests.conformance import steps
from tests.conformance.blobs import Place, random_blob, start
from tests.conformance.data_sets import build
from tests.support.people import Person
from tests.v2.raw import Wire, basic
from tests.v2.traces import nothing_stored

HEX = "0123456789abcdef" * 4
BAD_DIGESTS = {
    "upper case": f"sha256:{HEX.upper()}",
    "upper-case algorithm": f"SHA256:{HEX}",
    "short": f"sha256:{HEX[:-1]}",
    "long": f"sha256:{HEX}0",
    "empty": "sha256:",
    "no algorithm": f":{HEX}",
    "not hex": f"sha256:{'g' * 64}",
    "sha256 of another length": f"sha256:{HEX * 2}",
    "sha512 of another length": f"sha512:{HEX}",
    "md5": f"md5:{HEX[:32]}",
    "sha1": f"sha1:{HEX[:40]}",
    "sha384": f"sha384:{(HEX * 2)[:96]}",
    "blake3": f"blake3:{HEX}",
    "two algorithms": f"sha256+b64:{HEX}",
    "traversal": "sha256:..%2f..%2f..%2f..%2fetc%2fpasswd",
    "traversal in the algorithm": f"..%2fsha256:{HEX}",
    "null": f"sha256:{HEX[:-3]}%00",
    "line end": f"sha256:{HEX}%0a",
    "blank": f"sha256:{HEX[:-3]}%20",
    "other digits": "sha256:" + "%d9%a1" * 64,
    "broken UTF-8": "sha256:%ff%fe",
    "word": "sha256:baddigeststring",
}
BAD_TAGS = {
    "leading dot": ".tag",
    "leading dash": "-tag",
    "too long": "a" * 129,
    "blank": "a%20b",
    "null": "a%00b",
    "line end": "tag%0a",
    "other letters": "%e4%b8%ad",
    "traversal": "..",
    "backslash": "a%5cb",
    "plus": "a+b",
    "at": "a@b",
    "empty": "",
}


@pytest.mark.parametrize("digest", BAD_DIGESTS.values(), ids=BAD_DIGESTS.keys())
def test_bad_digest_in_an_address(wire: Wire, owner: Person, project: Project, digest: str):
    name = f"{project.name}/digests"
    with nothing_stored(project):
        for method, address in [
            ("GET", f"/v2/{name}/blobs/{digest}"),
            ("HEAD", f"/v2/{name}/blobs/{digest}"),
            ("DELETE", f"/v2/{name}/blobs/{digest}"),
            ("GET", f"/v2/{name}/manifests/{digest}"),
            ("HEAD", f"/v2/{name}/manifests/{digest}"),
            ("PUT", f"/v2/{name}/manifests/{digest}"),
            ("DELETE", f"/v2/{name}/manifests/{digest}"),
            ("GET", f"/v2/{name}/referrers/{digest}"),
            ("POST", f"/v2/{name}/blobs/uploads/?digest={digest}"),
            ("POST", f"/v2/{name}/blobs/uploads/?mount={digest}"),
            ("POST", f"/v2/{name}/blobs/uploads/?mount={digest}&from=library/a"),
        ]:
            reply = wire.request(method, address, basic(owner))
            # A slash in it makes another address of the whole.
            assert reply.status in ((400, 404) if "%2f" in digest else (400,)), (method, address)
            if reply.status == 400 and method != "HEAD":
                assert reply.codes in (["DIGEST_INVALID"], ["NAME_INVALID"]), (method, address)


@pytest.mark.parametrize("digest", [*BAD_DIGESTS.values(), ""], ids=[*BAD_DIGESTS.keys(), "missing"])
def test_bad_digest_at_the_end_of_an_upload(wire: Wire, place: Place, owner: Person, project: Project, digest: str):
    """The session is as good as before: the next PUT may name the right one."""
    blob = random_blob(100)
    location = start(place)
    with nothing_stored(project):
        reply = wire.request("PUT", f"{location}?digest={digest}", basic(owner), body=blob.content)
        assert (reply.status, reply.codes) == (400, ["DIGEST_INVALID"])
    put = place.registry.request("PUT", f"{location}?digest={blob.digest}", body=blob.content)
    put.expect(201)


def test_digest_of_other_content(place: Place, project: Project):
    """The bytes go, and so does the session."""
    location = start(place)
    place.registry.request("PATCH", location, body=b"some bytes").expect(202)
    answer = place.registry.request("PUT", f"{location}?digest={random_blob(10).digest}").expect(400)
    assert b'"DIGEST_INVALID"' in answer.body
    with nothing_stored(project):
        place.registry.request("PUT", f"{location}?digest={random_blob(10).digest}", body=b"x").expect(404)


def test_two_digests(wire: Wire, place: Place, owner: Person):
    """Whichever is taken, the bytes must have it."""
    blob, other = random_blob(50), random_blob(50)
    target = f"/v2/{place.name}/blobs/uploads/?digest={blob.digest}&digest={other.digest}"
    reply = wire.request("POST", target, basic(owner), body=blob.content)
    assert reply.status in (201, 400)
    assert place.registry.head(place.blob(other.digest)).status == 404


def test_unknown_digest_algorithm_of_a_session(place: Place, project: Project):
    with nothing_stored(project):
        for algorithm in ("md5", "sha1", "blake3", "SHA512", "", "sha512%00"):
            answer = place.registry.request("POST", f"{place.uploads}?digest-algorithm={algorithm}").expect(400)
            assert b'"DIGEST_INVALID"' in answer.body


@pytest.mark.parametrize("tag", BAD_TAGS.values(), ids=BAD_TAGS.keys())
def test_bad_tag(wire: Wire, owner: Person, project: Project, tag: str):
    with nothing_stored(project):
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            reply = wire.request(method, f"/v2/{project.name}/tags/manifests/{tag}", basic(owner))
            assert reply.status in (400, 404), method
            if method != "HEAD":
                assert reply.codes in (["MANIFEST_INVALID"], ["NAME_INVALID"], ["NOT_FOUND"]), method


@pytest.mark.parametrize("tag", [tag for tag in BAD_TAGS.values() if tag != "a+b"], ids=str)
def test_bad_tag_as_a_parameter(wire: Wire, place: Place, owner: Person, project: Project, tag: str):
    """One bad tag and none of the good ones is set either."""
    stored = build("empty-index").manifests[0]
    with nothing_stored(project):
        target = f"{place.manifest(stored.digest)}?tag=good&tag={tag}"
        sent = basic(owner), f"Content-Type: {stored.media_type}"
        reply = wire.request("PUT", target, *sent, body=stored.content)
        assert (reply.status, reply.codes) == (400, ["MANIFEST_INVALID"])


def test_too_many_tag_parameters(place: Place, project: Project):
    stored = build("empty-index").manifests[0]
    many = "&".join(f"tag=t{number}" for number in range(1000))
    sent = {"Content-Type": stored.media_type}
    with nothing_stored(project):
        address = f"{place.manifest(stored.digest)}?{many}"
        place.registry.request("PUT", address, body=stored.content, headers=sent).expect(414)


def test_ten_tag_parameters(place: Place):
    """The least that the specification wants taken at once."""
    stored = build("empty-index").manifests[0]
    tags = [f"t{number}" for number in range(10)]
    steps.put_manifest(place, stored, stored.digest, tags)
    assert steps.tags_of(place) == tags
