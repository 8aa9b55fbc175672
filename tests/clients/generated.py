"""A client that openapi-generator makes out of Harbor's contract: its models take no value of another type."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import requests

from tests.clients.program import TOOLS
from tests.rest.contract import BASE
from tests.rest.swagger import swagger
from tests.support.people import Person
from tests.support.product import ROOT, Product

PACKAGE = "generated_client"
GENERATOR = TOOLS / "openapi-generator.jar"
PINS = ROOT / "scripts" / "test-tools.txt"
KEPT = ROOT / "build"
CSRF_HEADER = "X-Harbor-CSRF-Token"


@dataclass(frozen=True)
class Client:
    """One person's; ``connection`` is the generated ApiClient."""

    module: ModuleType
    connection: Any

    def api(self, tag: str) -> Any:
        """The operations of one of Harbor's tags, called as the generator does: ``ProjectMetadata``."""
        return getattr(self.module, f"{tag}Api")(self.connection)

    def made(self, model: str, **fields: Any) -> Any:
        return getattr(self.module, model)(**fields)


def by_basic(product: Product, person: Person) -> Client:
    module = generated()
    host = f"{product.url}{BASE}"
    configuration = module.Configuration(host=host, username=person.username, password=person.password)
    return Client(module, module.ApiClient(configuration))


def by_session(product: Product, person: Person) -> Client:
    """Signed in as a browser does it; each change carries the session's token."""
    form = {"principal": person.username, "password": person.password}
    answer = requests.post(f"{product.url}/c/login", data=form, timeout=30)
    assert answer.status_code == 200, answer.text
    module = generated()
    connection = module.ApiClient(module.Configuration(host=f"{product.url}{BASE}"))
    connection.set_default_header("Cookie", f"sid={answer.cookies['sid']}")
    _, _, headers = seen(module.UserApi(connection).get_current_user_info_with_http_info())
    connection.set_default_header(CSRF_HEADER, headers[CSRF_HEADER])
    return Client(module, connection)


def seen(answer: Any) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of what a method ``…_with_http_info`` returns."""
    return answer.status_code, answer.data, dict(answer.headers)


def generated() -> ModuleType:
    """The package, made anew when the contract or the generator has changed."""
    document = json.dumps(swagger()).encode()
    folder = KEPT / f"client-{hashlib.sha256(document + PINS.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        _generate(document, folder)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(PACKAGE)


def _generate(document: bytes, folder: Path) -> None:
    """Beside its place first: a run that was cut short leaves nothing that looks whole."""
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    (draft / "swagger.json").write_bytes(document)
    options = ["-i", draft / "swagger.json", "-g", "python", "-o", draft, "--package-name", PACKAGE]
    command = ["java", "-jar", GENERATOR, "generate", *options, "--skip-validate-spec"]
    made = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-3000:]
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
