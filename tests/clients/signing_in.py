"""The command line clients, each as a fixture: a function that gives the program one person's credentials alone.

None of them sees the machine's own credentials, settings, images or caches.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.program import TOOLS, Program, isolated
from tests.clients.scene import Scene
from tests.support.dockerd import Dockerd
from tests.support.people import Person, unique
from tests.support.session import folder as session_folder

Client = Callable[[Person | None], Program]
PLAIN = "--tls-verify=false"


@pytest.fixture
def docker(dockerd: Dockerd, scene: Scene, tmp_path: Path) -> Client:
    def signed_in(person: Person | None) -> Program:
        # Debian's own, also where another one comes first in PATH; with the builder that the engine has in it.
        command = ("/usr/bin/docker", "--host", dockerd.host)
        program = Program(command, {"DOCKER_CONFIG": str(tmp_path / name_of(person)), "DOCKER_BUILDKIT": "0"})
        return logged_in(program, person, scene.address, "login")

    return signed_in


@pytest.fixture
def ctr(dockerd: Dockerd) -> Program:
    """In a namespace of its own, so that no test sees another one's images. Credentials go with each command."""
    return Program(("ctr", "--address", dockerd.containerd, "--namespace", unique("test")))


@pytest.fixture
def skopeo(scene: Scene, tmp_path: Path) -> Client:
    def signed_in(person: Person | None) -> Program:
        program = Program((*isolated(tmp_path / "seen"), "skopeo"), auth_file(tmp_path, person), tmp_path)
        return logged_in(program, person, scene.address, "login", PLAIN)

    return signed_in


@pytest.fixture
def podman(scene: Scene, tmp_path: Path) -> Client:
    # A short path, as it holds sockets.
    storage = session_folder / "podman"
    command = (
        *isolated(storage / "seen"),
        *("podman", "--root", storage / "root", "--runroot", storage / "run", "--tmpdir", storage / "tmp"),
        *("--storage-driver", "vfs", "--events-backend", "file", "--cgroup-manager", "cgroupfs"),
        *("--runtime", "runc"),
    )

    def signed_in(person: Person | None) -> Program:
        program = Program(command, {**auth_file(tmp_path, person), "XDG_RUNTIME_DIR": str(storage)})
        return logged_in(program, person, scene.address, "login", PLAIN)

    return signed_in


@pytest.fixture
def buildah(scene: Scene, tmp_path: Path) -> Client:
    storage = session_folder / "buildah"
    command = (
        *isolated(storage / "seen"),
        *("buildah", "--root", storage / "root", "--runroot", storage / "run", "--storage-driver", "vfs"),
    )
    environment = {"XDG_RUNTIME_DIR": str(storage), "BUILDAH_ISOLATION": "chroot"}

    def signed_in(person: Person | None) -> Program:
        program = Program(command, {**auth_file(tmp_path, person), **environment})
        return logged_in(program, person, scene.address, "login", PLAIN)

    return signed_in


@pytest.fixture
def helm(scene: Scene, tmp_path: Path) -> Client:
    def signed_in(person: Person | None) -> Program:
        home = tmp_path / name_of(person)
        home.mkdir(exist_ok=True)
        environment = {"HOME": str(home), "HELM_REGISTRY_CONFIG": str(home / "auth.json")}
        program = Program((TOOLS / "helm",), environment, home)
        return logged_in(program, person, scene.address, "registry", "login", "--plain-http")

    return signed_in


@pytest.fixture
def syft(scene: Scene) -> Client:
    def signed_in(person: Person | None) -> Program:
        environment = {"SYFT_REGISTRY_INSECURE_USE_HTTP": "true", "SYFT_CHECK_FOR_APP_UPDATE": "false"}
        if person:
            environment |= {
                "SYFT_REGISTRY_AUTH_AUTHORITY": scene.address,
                "SYFT_REGISTRY_AUTH_USERNAME": person.username,
                "SYFT_REGISTRY_AUTH_PASSWORD": person.password,
            }
        return Program((TOOLS / "syft", "scan", "-o", "spdx-json"), environment)

    return signed_in


@pytest.fixture
def trivy(tmp_path: Path) -> Client:
    def signed_in(person: Person | None) -> Program:
        environment = {"TRIVY_CACHE_DIR": str(tmp_path / "cache"), "TRIVY_NO_PROGRESS": "true"}
        if person:
            environment |= {"TRIVY_USERNAME": person.username, "TRIVY_PASSWORD": person.password}
        return Program((TOOLS / "trivy", "image", "--insecure"), environment)

    return signed_in


def logged_in(program: Program, person: Person | None, address: str, *login: str) -> Program:
    """The program, after it has signed in there by those arguments; nobody does not."""
    if person:
        program(*login, "--username", person.username, "--password-stdin", address, text=person.password)
    return program


def auth_file(folder: Path, person: Person | None) -> dict[str, str]:
    """Nobody has an empty file too, so that the machine's own is never looked at."""
    path = folder / f"{name_of(person)}.json"
    path.write_text("{}")
    return {"REGISTRY_AUTH_FILE": str(path)}


def name_of(person: Person | None) -> str:
    return person.username if person else "nobody"
