"""trivy fetches its database from our registry, as an OCI artifact, and scans images that are there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.support.images import debian_image
from tests.support.people import Person
from tests.support.trivy_database import FIXED, REPAIRED_IN, UNFIXED, database_artifact

VULNERABLE = {"bash": "5.2.15-2", "openssl": "3.0.11-1"}
SCAN = ("--skip-db-update", "--skip-java-db-update", "--skip-check-update", "--offline-scan", "--scanners", "vuln",
        "--format", "json")  # fmt: skip


@pytest.fixture(scope="module")
def database(scene: Scene) -> str:
    """Where the database is, in the private project."""
    repository = scene.repository()
    scene.registry(scene.owner).push_image(repository, database_artifact(), "2")
    return f"{scene.address}/{repository}:2"


def fetched(trivy: Program, database: str) -> Program:
    trivy("--download-db-only", "--db-repository", database)
    return trivy


def findings(document: str) -> dict[str, dict[str, Any]]:
    results = json.loads(document)["Results"]
    return {each["VulnerabilityID"]: each for result in results for each in result.get("Vulnerabilities", ())}


def test_it_fetches_its_database_and_scans(trivy: Client, scene: Scene, database: str) -> None:
    reference = scene.prepared(debian_image(VULNERABLE))
    guest = fetched(trivy(scene.guest), database)
    found = findings(guest(*SCAN, reference))
    assert {name: each["Severity"] for name, each in found.items()} == {FIXED: "CRITICAL", UNFIXED: "LOW"}
    assert found[FIXED]["FixedVersion"] == REPAIRED_IN


def test_a_repaired_package_is_not_found(trivy: Client, scene: Scene, database: str) -> None:
    reference = scene.prepared(debian_image({"bash": REPAIRED_IN}))
    assert findings(fetched(trivy(scene.guest), database)(*SCAN, reference)) == {}


def test_it_finds_a_bill_of_materials_beside_the_image(trivy: Client, scene: Scene, database: str) -> None:
    image = debian_image({"bash": REPAIRED_IN})
    reference = scene.prepared(image)
    guest = fetched(trivy(scene.guest), database)
    # The bill names an older bash than the image has: what is found can only come from it.
    bill = guest(*SCAN[:-1], "cyclonedx", scene.prepared(debian_image(VULNERABLE)))
    scene.registry(scene.developer).push_artifact(
        scene.parts(reference)[0], bill.encode(), "application/vnd.cyclonedx+json", subject=image
    )
    assert findings(guest(*SCAN, reference)) == {}
    assert FIXED in findings(guest(*SCAN, "--sbom-sources", "oci", reference))


def test_it_scans_one_platform_of_an_index(trivy: Client, scene: Scene, database: str) -> None:
    registry, repository = scene.registry(scene.developer), scene.repository()
    packages = {"amd64": {"bash": REPAIRED_IN}, "arm64": VULNERABLE}
    images = [debian_image(packages[each], architecture=each) for each in packages]
    for image in images:
        registry.push_image(repository, image)
    registry.make_index(repository, "all", children=images)
    guest, reference = fetched(trivy(scene.guest), database), f"{scene.address}/{repository}:all"
    assert FIXED not in findings(guest(*SCAN, "--platform", "linux/amd64", reference))
    assert FIXED in findings(guest(*SCAN, "--platform", "linux/arm64", reference))


@pytest.mark.parametrize("known", [False, True])
def test_a_private_database_is_not_for_others(trivy: Client, scene: Scene, database: str, known: bool) -> None:
    person = scene.stranger if known else None
    said = trivy(person).refused("--download-db-only", "--db-repository", database)
    assert "DENIED" in said or "UNAUTHORIZED" in said


def test_a_wrong_password_is_refused(trivy: Client, scene: Scene, database: str) -> None:
    mistaken = Person(scene.guest.username, "Wrong-password-1", scene.guest.actor)
    said = trivy(mistaken).refused("--download-db-only", "--db-repository", database)
    assert "UNAUTHORIZED" in said


def test_a_public_database_and_image_need_no_login(trivy: Client, scene: Scene) -> None:
    database = scene.prepared(database_artifact(), scene.public)
    reference = scene.prepared(debian_image(VULNERABLE), scene.public)
    assert FIXED in findings(fetched(trivy(None), database)(*SCAN, reference))


def test_a_robot_scans(trivy: Client, scene: Scene, database: str) -> None:
    reference = scene.prepared(debian_image(VULNERABLE))
    assert FIXED in findings(fetched(trivy(scene.robot), database)(*SCAN, reference))
