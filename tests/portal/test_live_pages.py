"""Pages about jobs in a real browser: they move while the job runs, stop it, and say how it has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Event

import pytest

from accounts.actors import actor_of
from accounts.services.projects import create_project
from jobs.models import Execution, RetentionPolicy, Status, Task
from jobs.retention.kind import KIND as RETENTION
from jobs.retention.services import create_retention_policy
from jobs.scrub.kind import SCRUB
from jobs.services.queues import act_on_queue
from jobs.upkeep.chores import start_chore, stop_chore
from tests.portal.browser import Browser, Tab, browser, follow, seen
from tests.replication.other_side import SIZE, Side, answering, of_manifest, pulling
from tests.support.hand_made import Call, HandMade
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.support.registry import Registry, random_image
from tests.support.until import wait_until

pytestmark = pytest.mark.slow
RATE = 20_000  # bytes a second, so that the scrub would take minutes
KEEP_ALL = {"template": "always", "scope_selectors": {"repository": [{"decoration": "repoMatches", "pattern": "**"}]}}
LOG = "document.querySelector('[data-log-url]').textContent"
STATUS = "document.querySelector('[data-live=status]')?.innerText"
PROGRESS = "document.querySelector('[data-live=progress]')?.innerText"


@pytest.fixture(scope="module")
def person(people: People) -> Person:
    return people.new_user(sysadmin=True)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def window(product: Product, person: Person, chromium: Browser) -> Iterator[Tab]:
    with chromium.tab() as opened:
        opened.size(1280, 1000)
        opened.watch()
        opened.cookie(product.url, "sid", person.new_session())
        yield opened
        assert opened.faults() == []
        assert [each for each in opened.requests() if not each.startswith((product.url, "data:"))] == []


@pytest.fixture(scope="module")
def much(product: Product, people: People, person: Person) -> None:
    """To read, in pieces that take some seconds each."""
    with Registry(product.address, person) as registry:
        registry.make_image(f"{people.new_project(person).name}/app", layers=60, size=100_000)


@pytest.fixture
def task(much: None, person: Person) -> Iterator[Task]:
    """Of a scrub that has much to read and takes its time."""
    actor = actor_of(person.user)
    execution = start_chore(actor=actor, chore=SCRUB, parameters=SCRUB.read({"rate": RATE}))
    yield Task.objects.get(execution=execution)
    stop_chore(actor=actor, chore=SCRUB, execution=execution)
    wait_until(lambda: Execution.objects.get(pk=execution.pk).has_ended)


@pytest.fixture
def retention(product: Product, person: Person) -> Iterator[RetentionPolicy]:
    """Of a project with one repository; its runs wait until their queue goes on."""
    actor = actor_of(person.user)
    project = create_project(actor=actor, name=unique("kept"))
    with Registry(product.address, person) as registry:
        registry.make_image(f"{project.name}/app", "v1")
    act_on_queue(actor=actor, kind=RETENTION.name, action="pause")
    rules = [{**KEEP_ALL, "tag_selectors": [{"decoration": "matches", "pattern": "**"}]}]
    yield create_retention_policy(actor=actor, project=project, algorithm="or", rules=rules)
    act_on_queue(actor=actor, kind=RETENTION.name, action="resume")


@pytest.fixture
def side(live: None, people: People) -> Iterator[Side]:
    with HandMade() as server:
        yield Side(server, people.new_project())


def held_back(side: Side, *tags: str) -> dict[str, Event]:
    """The other registry has an image for each of the tags, whose layer it gives away after the event of the tag."""
    side.on("GET tags/list", answering(200, json.dumps({"tags": tags}).encode()))
    return {tag: _held_back(side, tag) for tag in tags}


def _held_back(side: Side, tag: str) -> Event:
    image, gate = random_image(layers=1, size=SIZE), Event()
    for method in ("HEAD", "GET"):
        for reference in (tag, image.digest):
            side.on(f"{method} manifests/{reference}", of_manifest(image.manifest, image.digest))

    def give(call: Call, content: bytes) -> None:
        gate.wait(60)
        call.reply(200, content)

    for digest, content in image.blobs.items():
        side.on(f"GET blobs/{digest}", lambda call, content=content: give(call, content))  # type: ignore[misc]
    return gate


def test_log_and_progress_move_and_stop_stops(window: Tab, product: Product, task: Task) -> None:
    window.open(f"{product.url}/admin/jobs/task/{task.pk}/change/")
    window.run("window.kept = true")
    seen(window, f"{LOG}.includes('reading at')")
    before = seen(window, PROGRESS)
    seen(window, f"{PROGRESS} !== {before!r}")
    assert window.run("window.kept")
    assert window.run(STATUS) == Status.RUNNING.label

    follow(window, "form[action$='/stop/'] [type=submit]")
    # It shows the end by itself, with the whole log, and nothing to stop any more.
    seen(window, f"{STATUS} === '{Status.STOPPED.label}'")
    seen(window, f"{LOG}.includes('stopped on request')")
    assert window.run("document.querySelector('form[action$=\"/stop/\"]')") is None


def test_the_dashboard_shows_what_runs_and_rests_a_queue(window: Tab, product: Product, task: Task) -> None:
    window.open(f"{product.url}/admin/jobs/worker/")
    window.run("window.kept = true")
    row = f"[...document.querySelectorAll('tr')].find(row => row.innerText.includes('{task}'))"
    before = seen(window, f"{row}?.innerText")
    seen(window, f"{row}.innerText !== {before!r}")
    assert window.run("window.kept")

    button = "form[action$='/queues/SCRUB/'] [value={}]"
    follow(window, button.format("pause"))
    follow(window, button.format("resume"))
    assert window.run(f'!!document.querySelector("{button.format("pause")}")')


@pytest.mark.parametrize("page", ["runs", "tasks"])
def test_runs_of_retention_move_to_their_end(
    window: Tab, product: Product, person: Person, retention: RetentionPolicy, page: str
) -> None:
    runs = f"/admin/jobs/retentionpolicy/{retention.pk}/runs/"
    window.open(f"{product.url}{runs}")
    follow(window, "[name=dry_run]")
    row = "document.querySelector('#content-main tbody tr').innerText"
    assert str(Status.RUNNING.label) in window.run(row)
    if page == "tasks":
        follow(window, f"tbody a[href^='{runs}']")
        assert str(Status.PENDING.label) in window.run(row)
    window.run("window.kept = true")
    act_on_queue(actor=actor_of(person.user), kind=RETENTION.name, action="resume")
    seen(window, f"{row}.includes('{Status.SUCCESS.label}')")
    assert window.run("document.querySelector('form[action$=\"/stop/\"]')") is None
    if page == "tasks":
        assert "1 of 1 stay" in window.run(row)
    assert window.run("window.kept")
    if page == "runs":
        # At its end it asks no more.
        asked = len(window.requests())
        window.run("new Promise(done => setTimeout(done, 3 * 2000))")
        assert len(window.requests()) == asked


def test_a_replication_moves_to_its_end(window: Tab, product: Product, side: Side) -> None:
    gates = held_back(side, "v1", "v2")
    name = {"type": "name", "value": f"team/{side.name}"}
    policy = pulling(side, side.project, filters=[name])
    window.open(f"{product.url}/admin/jobs/replicationpolicy/{policy.pk}/change/")
    follow(window, f"form[action$='/{policy.pk}/start/'] button")
    window.run("window.kept = true")
    row = "document.querySelector('#main table.plain tbody tr')?.innerText"
    seen(window, f"{row}.includes('0 of 2 artifacts')")
    gates["v1"].set()
    seen(window, f"{row}.includes('1 of 2 artifacts')")
    gates["v2"].set()
    seen(window, f"{row}.includes('{Status.SUCCESS.label}')")
    assert window.run("window.kept")
    assert window.run("document.querySelector('form[action$=\"/stop/\"]')") is None
