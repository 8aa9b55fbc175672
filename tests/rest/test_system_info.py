"""What this installation is, over the REST API (Harbor's tag ``systeminfo``)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from portal import VERSION
from tests.rest.conftest import Caller
from tests.support.people import People

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


def test_what_everybody_learns(nobody: Caller) -> None:
    assert nobody.get("/systeminfo").expect(200).json == {
        "auth_mode": "db_auth",
        "primary_auth_mode": False,
        "self_registration": False,
        "banner_message": "",
    }


def test_what_who_is_signed_in_learns(user: Caller, settings: Any) -> None:
    shown = user.get("/systeminfo").expect(200).json
    assert re.fullmatch(r"v\d+\.\d+\.\d+-portolan-\d+\.\d+\.\d+", shown["harbor_version"])
    assert (shown["external_url"], shown["registry_url"]) == ("http://testserver", "testserver")
    assert (shown["read_only"], shown["has_ca_root"], shown["registry_storage_provider_name"]) == (
        *(False, False, "filesystem"),
    )
    settings.EXTERNAL_URL, settings.STORAGE = "https://registry.example.com", "s3"
    settings.CONFIGURATION = {"read_only": True}
    shown = user.get("/systeminfo").json
    assert (shown["external_url"], shown["registry_url"]) == ("https://registry.example.com", "registry.example.com")
    assert (shown["read_only"], shown["registry_storage_provider_name"]) == (True, "s3")


def test_where_others_look_for_the_api(nobody: Caller) -> None:
    assert nobody.send("GET", "/api/version").expect(200).json == {"version": "v2.0"}


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


def test_room_on_the_disk(admin: Caller, user: Caller, nobody: Caller, people: People, settings: Any) -> None:
    [volume] = admin.get("/systeminfo/volumes").expect(200).json["storage"]
    assert 0 < volume["free"] < volume["total"]
    Caller(people.new_system_robot(permissions=[("system-volumes", "read")])).get("/systeminfo/volumes").expect(200)
    user.get("/systeminfo/volumes").expect(403)
    nobody.get("/systeminfo/volumes").expect(401)
    settings.STORAGE = "s3"
    assert admin.get("/systeminfo/volumes").json == {"storage": []}


def test_the_root_certificate(nobody: Caller, user: Caller, settings: Any) -> None:
    nobody.send("GET", "/api/v2.0/systeminfo/getcert").expect(404)
    settings.ROOT_CERTIFICATE = PEM
    answer = nobody.get("/systeminfo/getcert").expect(200)
    assert (answer.body.decode(), answer.headers["Content-Disposition"]) == (
        f"{PEM}\n",
        "attachment; filename=ca.crt",
    )
    assert user.get("/systeminfo").json["has_ca_root"] is True
