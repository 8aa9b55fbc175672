"""Whole installations with databases of their own, spoken to over HTTP alone, as other registries would be."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from accounts.actors import SYSTEM
from tests.support import session
from tests.support.people import PASSWORD, Person, unique
from tests.support.prepared import give_tables
from tests.support.processes import run
from tests.support.product import ROOT, Product
from tests.support.registry import Registry

# Seconds; a bound against hanging.
PATIENCE = max(240.0, 3 * float(os.environ.get("PORTOLAN_TEST_SOAK") or 0))
ADMIN = Person("admin", PASSWORD, SYSTEM)


class Installation:
    """One product that may call servers on the loopback.

    ``database`` is the address of one that nobody has used, "" for a file of its own. ``environment`` adds settings.
    """

    def __init__(self, name: str, database: str = "", **environment: str) -> None:
        folder = session.folder / unique(name)
        folder.mkdir()
        if not database:
            give_tables(folder / "own.sqlite3")
            database = f"sqlite:///{folder / 'own.sqlite3'}"
        settings = {"PORTOLAN_DATABASE_URL": database, **self._settings(folder)}
        self.product = Product(ADMIN, {**settings, **environment}, whole=True)
        self.registry = Registry(self.product.address, ADMIN)
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.auth = (ADMIN.username, ADMIN.password)

    @staticmethod
    def _settings(folder: Path) -> dict[str, str]:
        return {
            "PORTOLAN_STORAGE_ROOT": str(folder / "blobs"),
            "PORTOLAN_ADMIN_PASSWORD": PASSWORD,
            "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PORTOLAN_WEB_PROCESSES": "1",
        }

    def __enter__(self) -> Installation:
        self.product.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.registry.session.close()
        self._http.close()
        self.product.stop()

    def call(self, method: str, path: str, document: Any = None) -> requests.Response:
        """Raises requests.HTTPError for an error."""
        answer = self._http.request(method, f"{self.product.url}/api/v2.0{path}", json=document, timeout=60)
        if answer.status_code >= 400:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text[:1000]}", response=answer)
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path).json()

    def made(self, path: str, document: Any) -> int:
        """The id of what was made."""
        return int(self.call("POST", path, document).headers["Location"].rpartition("/")[2])

    def know(self, kind: str, address: str, *, key: str = "", secret: str = "") -> int:
        """Another registry, by its address; its id."""
        credential = {"type": "basic", "access_key": key, "access_secret": secret} if key else {}
        registry = {"name": unique(kind), "type": kind, "url": f"http://{address}", "insecure": True}
        return self.made("/registries", {**registry, **({"credential": credential} if credential else {})})

    def policy(self, *, source: int = 0, destination: int = 0, **more: Any) -> int:
        """An enabled policy that overrides; 0 is the installation itself."""
        policy = {
            "name": unique("policy"),
            "src_registry": {"id": source},
            "dest_registry": {"id": destination},
            "enabled": True,
            "override": True,
            **more,
        }
        return self.made("/replication/policies", policy)

    def change(self, policy: int, **changes: Any) -> None:
        """Of a policy."""
        path = f"/replication/policies/{policy}"
        self.call("PUT", path, {**self.get(path), **changes})

    def start(self, policy: int, **more: Any) -> int:
        return self.made("/replication/executions", {"policy_id": policy, **more})

    def execution(self, number: int) -> dict[str, Any]:
        return dict(self.get(f"/replication/executions/{number}"))

    def tasks(self, execution: int) -> list[dict[str, Any]]:
        return list(self.get(f"/replication/executions/{execution}/tasks?page_size=100"))

    def log(self, execution: int, task: int) -> str:
        return self.call("GET", f"/replication/executions/{execution}/tasks/{task}/log").text

    def wait_for(
        self, execution: int, *, until: Callable[[dict[str, Any]], bool] = lambda each: False
    ) -> dict[str, Any]:
        """The execution when it has ended, or ``until`` says that it has come far enough."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = self.execution(execution)
            if found["status"] != "InProgress" or until(found):
                return found
            time.sleep(0.3)
        raise AssertionError(f"{found}\n{self.told(execution)}\n{self.product.log}")

    def run(self, policy: int, **more: Any) -> dict[str, Any]:
        """Carries it out to its successful end."""
        number = self.start(policy, **more)
        ended = self.wait_for(number)
        assert ended["status"] == "Succeed", f"{ended}\n{self.told(number)}\n{self.product.log}"
        return ended

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of its manage.py."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
        command = [sys.executable, "manage.py", *arguments]
        return run(command, environment=outside | self.product.environment, folder=ROOT)

    def told(self, execution: int) -> str:
        """The logs of its tasks."""
        return "\n".join(self.log(execution, task["id"]) for task in self.tasks(execution))
