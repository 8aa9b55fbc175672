"""Command lines to copy: how each client pulls from here and pushes to here."""

from __future__ import annotations

import base64
import json
import re
import shlex
from typing import NamedTuple

# What helm takes for one version and not for a range of them.
HELM_VERSION = re.compile(r"v?\d+(\.\d+){0,2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?")


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


def pull_commands_for(host: str, repository: str, tag: str, digest: str, kind: str) -> list[Command]:
    """By the tag, or by the digest where it has none; a chart is pulled by helm, what is no image by oras."""
    target = f"{host}/{repository}:{tag}" if tag else f"{host}/{repository}@{digest}"
    oras = Command("oras", f"oras pull {target}")
    if kind == "CHART":
        return [_helm_pull(f"oci://{host}/{repository}", tag, digest), oras]
    if kind != "IMAGE":
        return [oras]
    return [
        Command("docker", f"docker pull {target}"),
        Command("podman", f"podman pull {target}"),
        Command("containerd", f"ctr images pull {target}"),
        Command("skopeo", f"skopeo inspect docker://{target}"),
    ]


def _helm_pull(chart: str, tag: str, digest: str) -> Command:
    """By the version that the tag stands for; by the digest, which only later helms understand, where it is none."""
    # No tag has a plus sign in it, so that helm writes an underscore.
    version = tag.replace("_", "+")
    if HELM_VERSION.fullmatch(version):
        return Command("helm", f"helm pull {chart} --version {version}")
    return Command("helm 3.18+", f"helm pull {chart}@{digest}")


def login_commands_for(host: str, name: str, secret: str) -> list[Command]:
    """With the secret on the command's input, where no list of processes shows it."""
    quoted, told = shlex.quote(name), shlex.quote(secret)
    return [
        Command("docker", f"echo {told} | docker login {host} --username {quoted} --password-stdin"),
        Command("podman", f"echo {told} | podman login {host} --username {quoted} --password-stdin"),
        Command("helm", f"echo {told} | helm registry login {host} --username {quoted} --password-stdin"),
    ]


def pull_secret_for(host: str, name: str, secret: str) -> tuple[str, str]:
    """The name and the text of a Kubernetes secret that lets pods pull (``kubernetes.io/dockerconfigjson``)."""
    account = {"username": name, "password": secret, "auth": _base64(f"{name}:{secret}")}
    called = "-".join(["portolan", *re.findall("[a-z0-9]+", name.lower())])[:253]
    lines = [
        "apiVersion: v1",
        "kind: Secret",
        "type: kubernetes.io/dockerconfigjson",
        "metadata:",
        f"  name: {called}",
        "data:",
        f"  .dockerconfigjson: {_base64(json.dumps({'auths': {host: account}}))}",
    ]
    return called, "\n".join(lines) + "\n"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
