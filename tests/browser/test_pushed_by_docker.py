"""What docker has just pushed is on the portal's pages."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import Port
from tests.support.dockerd import Dockerd
from tests.support.images import write_build_context
from tests.support.people import PASSWORD, unique

pytestmark = pytest.mark.slow


def test_an_image_that_docker_has_just_pushed_is_seen(port: Port, dockerd: Dockerd, tmp_path: Path) -> None:
    def docker(*arguments: str, text: str = "") -> None:
        command = ["docker", "--host", dockerd.host, "--config", str(tmp_path / "docker"), *arguments]
        subprocess.run(command, input=text, text=True, check=True, capture_output=True)

    person, repository = port.with_role("developer"), f"{port.project.name}/{unique('built')}"
    reference = f"{port.product.address}/{repository}:v1"
    write_build_context(tmp_path / "context", "ahoy")
    docker("login", "--username", person.username, "--password-stdin", port.product.address, text=PASSWORD)
    docker("build", "-q", "--network", "host", "-t", reference, str(tmp_path / "context"))
    docker("push", "-q", reference)

    window = port.window(person)
    window.link("Repositories").click()
    window.page.get_by_role("link", name=repository, exact=True).click()
    window.page.locator("tr", has_text="v1").get_by_role("link").first.click()
    window.page.get_by_text(f"docker pull {reference}").wait_for()
    assert window.says("Configuration") in window.text()
