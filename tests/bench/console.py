"""How long the console's lists take on a large installation, its dashboard, and what its palette searches.

As :mod:`tests.bench.lists` does it, and with its rows; signed in as people are, by the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import requests

from tests.bench.lists import USER, Client, Taken
from tests.bench.ours import ADMIN, PASSWORD, Ours
from tests.bench.table import aligned

BAR = 0.15  # seconds
HEAD = ("page", "of", "median", "CPU", "bar", "")
# Words in braces are ids: see IDS.
EVERYBODYS = (
    "/",
    "/accounts/project/",
    "/accounts/project/?q=project-09",
    "/accounts/project/?o=5",
    "/accounts/project/{project}/change/",
    "/accounts/project/{project}/repositories/",
    "/accounts/project/{project}/members/",
    "/accounts/member/",
    "/registry_api/repository/",
    "/registry_api/repository/?q=app-03",
    "/registry_api/repository/?o=-4",
    "/registry_api/repository/{repository}/change/",
    "/registry_api/repository/{repository}/change/?q=1.0",
    "/registry_api/repository/{repository}/change/?p=100",
    "/registry_api/repository/{repository}/change/?o=-5",
    "/registry_api/repository/{repository}/tags/",
    "/registry_api/repository/{repository}/tags/?q=1.0",
    "/registry_api/label/",
    "/audit/auditlog/",
    "/search/?s=app-03",
    "/search/?s=sha256:0123ab",
    "/search/?s=large:1.0.0",
)
OF_ADMINISTRATORS = (
    "/accounts/project/{project}/robots/",
    "/accounts/project/{project}/labels/",
    "/accounts/project/{project}/logs/",
    "/accounts/user/",
    "/accounts/user/?q=999",
    "/accounts/usergroup/",
    "/accounts/robot/",
    "/registry_api/quota/",
    "/registry_api/immutablerule/",
    "/audit/auditlog/?p=100",
    "/audit/auditlog/?q=create",
    "/audit/auditlog/?result__exact=0",
    "/jobs/execution/",
    "/jobs/task/",
)
IDS = """
from accounts.models import Project
from registry_api.models import Repository
print(Project.objects.get(name="seed-project-0000").pk, Repository.objects.get(name="seed-project-0000/large").pk)
"""


def measure_console(ours: Ours, rows: str, database: int) -> str:
    """The table. ``rows`` says what the server has, ``database`` is the first process of its PostgreSQL."""
    project, repository = ours.manage("shell", "-v0", "-c", IDS).split()[-2:]
    lines = [HEAD]
    for name, who, pages in (
        (ADMIN, "administrator", EVERYBODYS + OF_ADMINISTRATORS),
        (USER, "user", EVERYBODYS),
    ):
        client = Client(ours.port, (ours.pid, database), {"Cookie": signed_in(ours.port, name)}, "/admin")
        lines += _lines(client, who, [page.format(project=project, repository=repository) for page in pages])
        client.close()
    return aligned(f"postgresql: pages of the console, {rows}", lines)


def signed_in(port: int, name: str) -> str:
    """The cookies of somebody who has filled in the form. Raises SystemExit where it is refused."""
    address = f"http://127.0.0.1:{port}/admin/login/"
    with requests.Session() as browser:
        form = browser.get(address, timeout=30).text
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)[:1]
        sent = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = browser.post(address, sent, headers={"Referer": address}, allow_redirects=False, timeout=30)
        if answer.status_code != 302:
            raise SystemExit(f"{name} is not signed in: {answer.status_code}")
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


def _lines(client: Client, who: str, pages: list[str]) -> Iterator[tuple[str, ...]]:
    for page in pages:
        if "?p=" not in page or client.has(page):
            yield (page, who, *_cells(client.take(page)))


def _cells(taken: Taken) -> tuple[str, ...]:
    times = (f"{seconds * 1000:.0f} ms" for seconds in (taken.median, taken.cpu, BAR))
    return *times, "ok" if taken.median < BAR else "ABOVE"
