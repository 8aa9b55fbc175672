"""The commands to copy: each names what its client understands, and just the artifact whose page it is on."""

from __future__ import annotations

import pytest

from portal.console.commands import pull_commands_for

HOST, REPOSITORY = "registry.example.com:8443", "fleet/web/app"
DIGEST = "sha256:" + "0123456789abcdef" * 4
CHART = f"oci://{HOST}/{REPOSITORY}"


def pulled(kind: str, tag: str = "") -> dict[str, str]:
    return dict(pull_commands_for(HOST, REPOSITORY, tag, DIGEST, kind))


@pytest.mark.parametrize(("tag", "reference"), [("v1_2", ":v1_2"), ("", f"@{DIGEST}")])
def test_an_image(tag: str, reference: str) -> None:
    target = f"{HOST}/{REPOSITORY}{reference}"
    assert pulled("IMAGE", tag) == {
        "docker": f"docker pull {target}",
        "podman": f"podman pull {target}",
        "containerd": f"ctr images pull {target}",
        "skopeo": f"skopeo inspect docker://{target}",
    }


@pytest.mark.parametrize("kind", ["SBOM", "CNAI", "WASM", "UNKNOWN", "ROCKET"])
@pytest.mark.parametrize(("tag", "reference"), [("v1_2", ":v1_2"), ("", f"@{DIGEST}")])
def test_what_is_no_image(kind: str, tag: str, reference: str) -> None:
    assert pulled(kind, tag) == {"oras": f"oras pull {HOST}/{REPOSITORY}{reference}"}


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "v1.2.3"),
        ("1.0_5", "1.0+5"),
        ("1.2.3-rc.1_build.7", "1.2.3-rc.1+build.7"),
    ],
)
def test_a_chart_by_its_version(tag: str, version: str) -> None:
    """helm writes a plus sign as an underscore, and looks for the tag that way."""
    assert pulled("CHART", tag) == {
        "helm": f"helm pull {CHART} --version {version}",
        "oras": f"oras pull {HOST}/{REPOSITORY}:{tag}",
    }


@pytest.mark.parametrize("tag", ["", "latest", "1.x", "1.0_5_6", "1.2.3.4", "_1.0"])
def test_a_chart_by_its_digest_where_its_tag_is_no_version(tag: str) -> None:
    """Without a version helm takes the newest, and with a range whichever fits."""
    assert pulled("CHART", tag) == {
        "helm 3.18+": f"helm pull {CHART}@{DIGEST}",
        "oras": f"oras pull {HOST}/{REPOSITORY}" + (f":{tag}" if tag else f"@{DIGEST}"),
    }
