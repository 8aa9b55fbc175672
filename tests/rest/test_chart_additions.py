"""What a Helm chart tells over the REST API: its readme, its values, its dependencies, and what it says of itself."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from typing import Any

import pytest

from accounts.models import Project
from accounts.permissions import Role
from registry_api.services import archives
from registry_api.storage import store
from registry_api.storage.contract import NotStored, StoreUnavailable
from tests.rest.charts import CONTENT, FILES, META, PROVENANCE, chart, tar
from tests.rest.conftest import Answer, Caller
from tests.rest.pushing import push
from tests.support.people import People


def address(project: Project, addition: str, reference: str = "1.2.3") -> str:
    return f"/projects/{project.name}/repositories/web/artifacts/{reference}/additions/{addition}"


def told(caller: Caller, project: Project, archive: bytes, addition: str = "readme.md") -> Answer:
    push(caller, f"{project.name}/web", chart(archive), "1.2.3")
    return caller.get(address(project, addition))


def test_a_chart(owner: Caller, project: Project) -> None:
    image = push(owner, f"{project.name}/web", chart(gzip.compress(tar(FILES))), "1.2.3")
    shown = owner.get(f"/projects/{project.name}/repositories/web/artifacts/1.2.3").expect(200).json
    assert (shown["type"], shown["extra_attrs"]) == ("CHART", META)
    assert set(shown["addition_links"]) == {"values.yaml", "readme.md", "dependencies"}
    wanted: dict[str, tuple[str, Any]] = {
        "readme.md": ("text/markdown; charset=utf-8", b"# Web\n"),
        "values.yaml": ("text/plain; charset=utf-8", b"replicas: 1\n"),
    }
    for addition, (content_type, content) in wanted.items():
        link = shown["addition_links"][addition]["href"].removeprefix("/api/v2.0")
        assert link == address(project, addition, image.digest)
        answer = owner.get(link).expect(200)
        assert (answer.headers["Content-Type"], answer.body) == (content_type, content)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer = owner.get(address(project, "dependencies")).expect(200)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    first, second = META["dependencies"]  # type: ignore[misc]
    assert answer.json == [first, {key: value for key, value in second.items() if key != "secret"}]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "types",
    [(PROVENANCE, CONTENT), (CONTENT, PROVENANCE), ("application/tar+gzip",)],
)
def test_where_its_archive_is(owner: Caller, project: Project, types: tuple[str, ...]) -> None:
    push(owner, f"{project.name}/web", chart(gzip.compress(tar(FILES)), types=types), "1.2.3")
    assert owner.get(address(project, "readme.md")).expect(200).body == b"# Web\n"


@pytest.mark.parametrize(
    ("files", "readme"),
    [
        ([("web/charts/db/README.md", b"other"), ("web/README.md", b"own")], b"own"),
        ([("./web/Chart.yaml", b""), ("./web/readme.MD", b"own")], b"own"),
        ([("web/Chart.yaml", b""), ("other/README.md", b"other"), ("web/README.md", b"own")], b"own"),
        ([("web/README.md", b"")], b""),
        ([("web/README.md", "ü€".encode())], "ü€".encode()),
        ([("web/README.md", b"\xff")], "\ufffd".encode()),
        ([(f"{'w' * 120}/README.md", b"long")], b"long"),
    ],
)
def test_which_readme_it_is(owner: Caller, project: Project, files: list[tuple[str, bytes]], readme: bytes) -> None:
    assert told(owner, project, gzip.compress(tar(files))).expect(200).body == readme


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_archives_of_all_forms(owner: Caller, project: Project, form: int) -> None:
    """With a name in front that is too long for a plain header."""
    files = [("web/Chart.yaml", b""), (f"web/{'ü' * 40}/{'x' * 90}", b"long"), ("web/README.md", b"own")]
    if form != tarfile.USTAR_FORMAT:
        files.insert(1, ("web/" + "y" * 300, b"longer"))
    assert told(owner, project, gzip.compress(tar(files, form))).expect(200).body == b"own"


def link(name: str, kind: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "/etc/passwd"
        archive.addfile(entry)
    return packed.getvalue()


BROKEN = gzip.compress(tar(FILES))
NONE = {
    "no readme": gzip.compress(tar({"web/Chart.yaml": b""})),
    "one of a sub-chart alone": gzip.compress(tar({"web/charts/db/README.md": b""})),
    "one outside": gzip.compress(tar({"README.md": b""})),
    "a folder above": gzip.compress(tar({"web/../README.md": b""})),
    "a symbolic link": gzip.compress(link("web/README.md", tarfile.SYMTYPE)),
    "a hard link": gzip.compress(link("web/README.md", tarfile.LNKTYPE)),
    "a folder": gzip.compress(link("web/README.md", tarfile.DIRTYPE)),
    "a device": gzip.compress(link("web/README.md", tarfile.CHRTYPE)),
    "nothing": b"",
    "an empty archive": gzip.compress(b""),
    "no gzip": tar(FILES),
    "no tar": gzip.compress(b"x" * 5000),
    "a text": b"not an archive",
    "a broken gzip": BROKEN[:20] + b"\xff" * 40,
    "half a header": gzip.compress(tar({"web/README.md": b"x"})[:100]),
    "half a file": gzip.compress(tar({"web/README.md": b"x" * 1000})[:1000]),
    "no size": gzip.compress(tar({"web/README.md": b""}).replace(b"00000000000\0", b"99999999999\0", 1)),
}


@pytest.mark.parametrize("case", NONE)
def test_what_is_not_there(owner: Caller, project: Project, case: str) -> None:
    assert told(owner, project, NONE[case]).expect(404).code == "NOT_FOUND"


def sparse(size: int) -> bytes:
    """An entry that says to be of that size, and has nothing behind it."""
    entry = tarfile.TarInfo("web/README.md")
    entry.size = size
    return entry.tobuf()


def empty_blocks(count: int) -> bytes:
    """A gzip stream of much that unpacks to nothing."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0\0\0\xff\xff" * count


@pytest.mark.parametrize(
    "case", ["a large readme", "a readme that says so", "a bomb", "a bomb of entries", "a bomb of headers", "large"]
)
def test_what_is_too_large(owner: Caller, project: Project, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mib = 1 << 20
    monkeypatch.setattr(archives, "LARGEST_FILE", mib)
    monkeypatch.setattr(archives, "LARGEST_ARCHIVE", 4 * mib)
    monkeypatch.setattr("registry_api.services.additions.LARGEST_ARCHIVE", 4 * mib)
    monkeypatch.setattr(archives, "MOST_ENTRIES", 100)
    content = {
        "a large readme": gzip.compress(tar({"web/README.md": b"x" * (mib + 1)})),
        "a readme that says so": gzip.compress(sparse(1 << 32)),
        "a bomb": gzip.compress(tar({"web/large": bytes(5 * mib), "web/README.md": b"x"})),
        "a bomb of entries": gzip.compress(tar([("web/x", b"")] * 101 + [("web/README.md", b"x")])),
        "a bomb of headers": gzip.compress(tar({"web/" + "x" * 5 * mib: b""}, tarfile.PAX_FORMAT)),
        "large": empty_blocks(mib),
    }[case]
    assert told(owner, project, content).expect(413).code == "REQUEST_ENTITY_TOO_LARGE"


def test_a_bomb_takes_no_memory() -> None:
    """What is passed over is not kept."""
    unpacked = archives.unpacked([zlib.compress(bytes(16 << 20), wbits=31)])
    assert max(map(len, unpacked)) <= archives.PIECE


def test_a_chart_that_says_nothing(owner: Caller, project: Project) -> None:
    for meta in ({}, {"dependencies": "x"}, {"dependencies": [1, None, {}]}, [], {"dependencies": None}):
        push(owner, f"{project.name}/web", chart(gzip.compress(tar(FILES)), meta), "1.2.3")
        found = owner.get(address(project, "dependencies")).expect(200).json
        assert found in ([], [{}])
        owner.get(f"/projects/{project.name}/repositories/web/artifacts/1.2.3").expect(200)


def test_another_kind_and_no_kind(owner: Caller, project: Project) -> None:
    push(owner, f"{project.name}/web", chart(gzip.compress(tar(FILES))), "1.2.3")
    for addition, status in (("build_history", 400), ("license", 400), ("sbom", 400), ("vulnerabilities", 404)):
        owner.get(address(project, addition)).expect(status)
    for addition in ("README.md", "readme", "values", "x" * 300, "Chart.yaml"):
        owner.get(address(project, addition)).expect(422)
    owner.get(address(project, "readme.md", "2.0.0")).expect(404)


def test_a_store_that_is_away(owner: Caller, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    push(owner, f"{project.name}/web", chart(gzip.compress(tar(FILES))), "1.2.3")
    for error, status in ((StoreUnavailable("no answer"), 503), (NotStored("gone"), 404)):

        def read(*_arguments: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(store(), "read", read)
            owner.get(address(project, "readme.md")).expect(status)
    owner.get(address(project, "readme.md")).expect(200)


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, admin: Caller, nobody: Caller, user: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    push(admin, f"{project.name}/web", chart(gzip.compress(tar(FILES))), "1.2.3")
    seen = 200 if visibility == "public" else None
    callers = [(Caller(people.new_user(project=project, role=role)), 200) for role in Role]
    robot = Caller(people.new_robot(project, permissions=[("artifact-addition", "read")]))
    other = Caller(people.new_robot(project, permissions=[("repository", "pull")]))
    for caller, status in (*callers, (nobody, seen or 401), (user, seen or 403), (robot, 200), (other, seen or 403)):
        for addition in ("readme.md", "values.yaml", "dependencies"):
            caller.get(address(project, addition)).expect(status)
