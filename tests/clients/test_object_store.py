"""Clients against a product that keeps its blobs in an object store and sends whoever pulls there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.program import Program
from tests.clients.scene import Scene, make_scene
from tests.clients.signing_in import PLAIN, Client
from tests.support.images import debian_image, runnable_image, write_build_context
from tests.support.people import People, unique
from tests.support.product import Product
from tests.support.seaweedfs import SeaweedFS


@pytest.fixture(scope="module")
def scene(product_s3: Product, people: People) -> Scene:
    return make_scene(product_s3, people)


def test_pulls_are_redirected(scene: Scene, seaweedfs: SeaweedFS) -> None:
    image = runnable_image()
    repository, _ = scene.parts(scene.prepared(image))
    with scene.registry(scene.guest) as registry:
        layer = list(image.blobs)[-1]
        answer = registry.request("GET", f"/v2/{repository}/blobs/{layer}", allow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith(seaweedfs.endpoint)


def test_docker_builds_pushes_pulls_and_runs(docker: Client, scene: Scene, tmp_path: Path) -> None:
    developer, reference, word = docker(scene.developer), scene.reference(), unique("word")
    write_build_context(tmp_path, word)
    developer("build", "-q", "--network", "host", "-t", reference, tmp_path)
    developer("push", "-q", reference)
    developer("rmi", "-f", reference)
    developer("pull", "-q", reference)
    assert developer("run", "--rm", "--network", "none", reference) == f"built {word}\n"


def test_ctr_pulls_and_runs(ctr: Program, scene: Scene) -> None:
    reference = scene.prepared(runnable_image("seen by containerd"))
    credentials = f"{scene.guest.username}:{scene.guest.password}"
    ctr("images", "pull", "--plain-http", "--snapshotter", "native", "--user", credentials, reference)
    assert ctr("run", "--rm", "--snapshotter", "native", reference, "container") == "seen by containerd"


def test_podman_pushes_and_pulls(podman: Client, scene: Scene) -> None:
    developer, reference, copy = podman(scene.developer), scene.prepared(runnable_image()), scene.reference()
    developer("pull", "-q", PLAIN, reference)
    developer("push", "-q", PLAIN, reference, f"docker://{copy}")
    assert scene.image_at(copy).blobs.keys() == scene.image_at(reference).blobs.keys()


def test_skopeo_copies_to_a_folder_and_back(skopeo: Client, scene: Scene) -> None:
    developer, reference, back = skopeo(scene.developer), scene.prepared(runnable_image()), scene.reference()
    developer("copy", "-q", "--src-tls-verify=false", f"docker://{reference}", "oci:layout:demo")
    developer("copy", "-q", "--dest-tls-verify=false", "oci:layout:demo", f"docker://{back}")
    assert scene.image_at(back) == scene.image_at(reference)


def test_helm_pushes_and_pulls(helm: Client, scene: Scene) -> None:
    developer, chart = helm(scene.developer), unique("chart")
    developer("create", chart)
    developer("package", chart)
    developer("push", "--plain-http", f"{chart}-0.1.0.tgz", f"oci://{scene.address}/{scene.private.name}")
    assert f"name: {chart}" in developer(
        "show", "chart", "--plain-http", f"oci://{scene.address}/{scene.private.name}/{chart}"
    )


def test_syft_reads_an_image(syft: Client, scene: Scene) -> None:
    reference = scene.prepared(debian_image({"bash": "5.2.15-2+b7"}))
    assert "5.2.15-2+b7" in syft(scene.guest)(f"registry:{reference}")
