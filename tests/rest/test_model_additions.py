"""What an AI model tells over the REST API (CNCF model-spec, Harbor: CNAI): readme, licence, the tree of its files."""

from __future__ import annotations

import gzip

import pytest

from accounts.models import Project
from registry_api.services import archives
from tests.rest.ai_models import DOCUMENT, MANIFEST, META, WEIGHT, Layer, model
from tests.rest.charts import tar
from tests.rest.conftest import Caller
from tests.rest.pushing import push


def pushed(caller: Caller, project: Project, *layers: Layer, artifact_type: str = MANIFEST) -> str:
    """Its path."""
    push(caller, f"{project.name}/tiny", model(*layers, artifact_type=artifact_type), "1")
    return f"/projects/{project.name}/repositories/tiny/artifacts/1"


@pytest.mark.parametrize("artifact_type", [MANIFEST, ""])
def test_a_model(owner: Caller, project: Project, artifact_type: str) -> None:
    path = pushed(
        owner,
        project,
        (WEIGHT, b"weights", "model.safetensors"),
        (f"{DOCUMENT}.raw", b"# Tiny\n", "README.md"),
        (f"{DOCUMENT}.tar", tar({"LICENSE": b"MIT\n"}), "LICENSE"),
        artifact_type=artifact_type,
    )
    shown = owner.get(path).expect(200).json
    assert (shown["type"], shown["extra_attrs"]) == ("CNAI", META)
    assert set(shown["addition_links"]) == {"readme.md", "license", "files"}
    readme = owner.get(f"{path}/additions/readme.md").expect(200)
    assert (readme.headers["Content-Type"], readme.body) == ("text/markdown; charset=utf-8", b"# Tiny\n")
    licence = owner.get(f"{path}/additions/license").expect(200)
    assert (licence.headers["Content-Type"], licence.body) == ("text/plain; charset=utf-8", b"MIT\n")
    files = owner.get(f"{path}/additions/files").expect(200)
    assert files.headers["Content-Type"] == "application/json; charset=utf-8"
    assert [each["name"] for each in files.json] == ["LICENSE", "README.md", "model.safetensors"]
    assert [each["type"] for each in owner.get(f"{path[: -len('/1')]}?q=type=CNAI").json] == ["CNAI"]
    owner.get(f"{path}/additions/values.yaml").expect(400)


def test_the_tree_of_its_files(owner: Caller, project: Project) -> None:
    paths = ["b.txt", "src/deep/one.py", "src/two.py", "data/", "./a.txt", "/src//three.py", "a.txt"]
    odd = ["", "/", "../out", "src/../../out", "/".join(["x"] * 33), "b.txt/below", "src"]
    layers = [(WEIGHT, f"{number}".encode() * (number + 1), path) for number, path in enumerate([*paths, *odd])]
    path = pushed(owner, project, *layers)
    assert owner.get(f"{path}/additions/files").json == [
        {"name": "b.txt", "type": "directory", "children": [{"name": "below", "type": "file", "size": 26}]},
        {"name": "data", "type": "directory"},
        {
            "name": "src",
            "type": "directory",
            "children": [
                {"name": "deep", "type": "directory", "children": [{"name": "one.py", "type": "file", "size": 2}]},
                {"name": "three.py", "type": "file", "size": 6},
                {"name": "two.py", "type": "file", "size": 3},
            ],
        },
        {"name": "a.txt", "type": "file", "size": 5},
    ]


@pytest.mark.parametrize(
    ("layer", "status"),
    [
        ((f"{DOCUMENT}.tar+gzip", gzip.compress(tar({"x": b"packed"})), "README"), 200),
        ((f"{DOCUMENT}.tar+zstd", b"packed", "README.md"), 404),
        ((f"{DOCUMENT}.tar", b"no archive", "README.md"), 404),
        ((f"{DOCUMENT}.tar", tar({}), "README.md"), 404),
        ((f"{DOCUMENT}.raw", b"other", "docs/README.md"), 404),
        ((WEIGHT, b"no document", "README.md"), 404),
    ],
)
def test_how_a_readme_may_come(owner: Caller, project: Project, layer: Layer, status: int) -> None:
    answer = owner.get(f"{pushed(owner, project, layer)}/additions/readme.md").expect(status)
    assert status != 200 or answer.body == b"packed"


@pytest.mark.parametrize("packing", [".raw", ".tar"])
def test_one_that_is_too_large(owner: Caller, project: Project, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_FILE", 1000)
    content = b"x" * 1001
    layer = (f"{DOCUMENT}{packing}", content if packing == ".raw" else tar({"LICENSE": content}), "LICENSE.txt")
    path = pushed(owner, project, layer)
    assert owner.get(f"{path}/additions/license").expect(413).code == "REQUEST_ENTITY_TOO_LARGE"
