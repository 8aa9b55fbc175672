"""Command lines to copy: how each client pulls from here and pushes to here."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """``text`` has a line for each command."""

    client: str
    text: str


def push_commands_for(host: str, project: str) -> list[Command]:
    """What somebody types who pushes the first time; in capitals what is theirs to fill in."""
    target = f"{host}/{project}/REPOSITORY"
    return [
        Command("docker", f"docker tag SOURCE_IMAGE[:TAG] {target}[:TAG]\ndocker push {target}[:TAG]"),
        Command("podman", f"podman push IMAGE_ID {target}[:TAG]"),
        Command("helm", f"helm package CHART_PATH\nhelm push CHART_PACKAGE oci://{host}/{project}"),
        Command("oras", f"oras push {target}[:TAG] FILE"),
    ]


def pull_commands_for(host: str, repository: str, reference: str, kind: str) -> list[Command]:
    """``reference`` is ``:tag`` or ``@digest``; a chart is pulled by helm, what is no image by oras."""
    target = f"{host}/{repository}{reference}"
    if kind == "CHART":
        version = f" --version {reference[1:]}" if reference.startswith(":") else ""
        return [
            Command("helm", f"helm pull oci://{host}/{repository}{version}"),
            Command("oras", f"oras pull {target}"),
        ]
    if kind != "IMAGE":
        return [Command("oras", f"oras pull {target}")]
    return [
        Command("docker", f"docker pull {target}"),
        Command("podman", f"podman pull {target}"),
        Command("containerd", f"ctr images pull {target}"),
        Command("skopeo", f"skopeo inspect docker://{target}"),
    ]
