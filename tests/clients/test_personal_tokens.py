"""The command line clients with a personal token for the password: what they sign in with, they keep."""

from __future__ import annotations

from pathlib import Path

from accounts.models import RefreshToken
from accounts.robots import Access
from accounts.services.personal_tokens import create_personal_token
from tests.clients.scene import Scene
from tests.clients.signing_in import Client
from tests.clients.test_docker import build
from tests.clients.test_skopeo import copy, copy_refused
from tests.support.images import runnable_image
from tests.support.people import Person, unique


def tool_of(scene: Scene, person: Person, *actions: str) -> Person:
    """The person as a new token in the private project makes them."""
    permissions = [Access("project", scene.private.name, "repository", action) for action in actions]
    _, token = create_personal_token(actor=person.actor, name=unique("tool"), permissions=permissions)
    return Person(person.username, token, person.actor)


def test_docker_pushes_and_pulls(docker: Client, scene: Scene, tmp_path: Path) -> None:
    """It asks for a refresh token, gets none and keeps the token itself."""
    tool, reference = docker(tool_of(scene, scene.developer, "push")), scene.reference()
    build(tool, tmp_path, reference)
    tool("push", "-q", reference)
    tool("rmi", "-f", reference)
    tool("pull", "-q", reference)
    assert not RefreshToken.objects.filter(user=scene.developer.actor.id).exists()


def test_skopeo_gets_what_the_token_was_given(skopeo: Client, scene: Scene) -> None:
    pull, push = tool_of(scene, scene.developer, "pull"), tool_of(scene, scene.developer, "push")
    reference, target = scene.prepared(runnable_image()), scene.reference()
    copy(skopeo(push), f"docker://{reference}", f"docker://{target}")
    copy(skopeo(pull), f"docker://{target}", "oci:layout:demo")
    assert copy_refused(skopeo(pull), "oci:layout:demo", f"docker://{scene.reference()}")
    assert copy_refused(skopeo(push), "oci:layout:demo", f"docker://{scene.reference(scene.public)}")


def test_podman_signs_in_and_pulls(podman: Client, scene: Scene) -> None:
    reference = scene.prepared(runnable_image("by a token"))
    assert podman(tool_of(scene, scene.guest, "pull"))("pull", "-q", "--tls-verify=false", reference)
