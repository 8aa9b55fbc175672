"""What the tags Retention, webhook and webhookjob refuse: ids, queries and bodies without sense, absent projects."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from jobs.models import Execution, RetentionPolicy, Task, WebhookPolicy
from tests.rest.conftest import Caller
from tests.rest.retention_policies import begun, made
from tests.rest.webhook_policies import make

Words = dict[str, Any]
WEBHOOK = "/projects/{project}/webhook/policies/{webhook}"
DELIVERY = f"{WEBHOOK}/executions/{{delivery}}"
RUN = "/retentions/{retention}/executions/{run}"


@pytest.fixture
def words(owner: Caller, project: Project) -> Words:
    """The names and ids of a webhook with a delivery, and of a policy of retention with a run."""
    hook = make(owner, project)
    owner.post(f"{hook}/test").expect(200)
    delivery = Task.objects.get()
    policy = made(owner, project, cron="0 0 3 * * *")
    _, run = begun(owner, policy, dry_run=True)
    return {
        "project": project.name,
        "webhook": hook.rpartition("/")[2],
        "delivery": delivery.execution_id,
        "delivery_task": delivery.pk,
        "retention": policy.rpartition("/")[2],
        "run": run.pk,
        "run_task": 1,
    }


def state() -> list[Any]:
    """All that a refused call might have changed."""
    models = (WebhookPolicy, RetentionPolicy, Execution, Task)
    return [sorted(map(str, model.objects.values_list())) for model in models]


BY_NUMBER = [
    *(("GET", WEBHOOK, "webhook"), ("PUT", WEBHOOK, "webhook"), ("DELETE", WEBHOOK, "webhook")),
    *(("GET", f"{WEBHOOK}/extras", "webhook"), ("PUT", f"{WEBHOOK}/extras", "webhook")),
    *(("POST", f"{WEBHOOK}/test", "webhook"), ("GET", f"{WEBHOOK}/executions", "webhook")),
    *(("PUT", DELIVERY, "delivery"), ("GET", f"{DELIVERY}/tasks", "delivery")),
    *(("GET", f"{DELIVERY}/tasks/{{delivery_task}}/log", "delivery_task"),),
    *(("POST", f"{DELIVERY}/tasks/{{delivery_task}}/resend", "delivery_task"),),
    *(("GET", "/projects/{project}/webhook/jobs?policy_id={webhook}", "webhook"),),
    *(("GET", "/retentions/{retention}", "retention"), ("PUT", "/retentions/{retention}", "retention")),
    *(("DELETE", "/retentions/{retention}", "retention"), ("GET", "/retentions/{retention}/executions", "retention")),
    *(("POST", "/retentions/{retention}/executions", "retention"), ("PATCH", RUN, "run")),
    *(("GET", f"{RUN}/tasks", "run"), ("GET", f"{RUN}/tasks/{{run_task}}", "run_task")),
]


@pytest.mark.parametrize(("method", "path", "word"), BY_NUMBER, ids=lambda each: str(each))
def test_ids_that_are_none_or_nobodys(admin: Caller, words: Words, method: str, path: str, word: str) -> None:
    before = state()
    body = {"status": "Stopped", "action": "stop"}
    for wrong, status in (("x", 422), ("1.5", 422), ("9" * 30, 422), ("0", 404), ("-1", 404), (str(2**63 - 1), 404)):
        answer = admin.call(method, path.format(**{**words, word: wrong}), body)
        assert (wrong, answer.status) == (wrong, status)
    assert state() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "webhook/policies"), ("POST", "webhook/policies"), ("GET", "webhook/events")),
        *(("GET", "webhook/lasttrigger"), ("GET", "webhook/jobs?policy_id=1"), ("POST", "retention/preview")),
    ],
)
def test_projects_that_are_not_there(owner: Caller, admin: Caller, nobody: Caller, method: str, path: str) -> None:
    """Only who may know of all projects is told so."""
    for caller, status in ((nobody, 401), (owner, 403), (admin, 404)):
        caller.call(method, f"/projects/no-such-project/{path}", {}).expect(status)


LISTS = [
    *("/projects/{project}/webhook/policies", f"{WEBHOOK}/executions", f"{DELIVERY}/tasks"),
    "/projects/{project}/webhook/jobs?policy_id={webhook}",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        *(("page=0", 422), ("page=x", 422), ("page_size=101", 422), ("page_size=-1", 422), (f"page={'9' * 20}", 422)),
        *(("q=(", 400), ("q=id=x", 400), (f"q=id={'9' * 30}", 400), ("q=id=[3~x]", 400)),
        *(("q=nothing=1", 200), ("sort=nothing", 200), ("sort=-", 200)),
    ],
)
def test_queries_of_lists(owner: Caller, words: Words, path: str, query: str, status: int) -> None:
    address = path.format(**words)
    owner.get(f"{address}{'&' if '?' in address else '?'}{query}").expect(status)


@pytest.mark.parametrize("path", ["/retentions/{retention}/executions", f"{RUN}/tasks"])
def test_pages_of_runs_and_their_tasks(owner: Caller, words: Words, path: str) -> None:
    for query in ("page=0", "page=x", "page_size=-1"):
        owner.get(f"{path.format(**words)}?{query}").expect(422)


TAKE_A_BODY = [
    *(("POST", "/projects/{project}/webhook/policies"), ("PUT", WEBHOOK), ("PUT", f"{WEBHOOK}/extras")),
    *(("PUT", DELIVERY), ("POST", "/retentions"), ("PUT", "/retentions/{retention}")),
    *(
        ("POST", "/retentions/{retention}/executions"),
        ("PATCH", RUN),
        ("POST", "/projects/{project}/retention/preview"),
    ),
]


@pytest.mark.parametrize(("method", "path"), TAKE_A_BODY)
def test_bodies_that_are_none(owner: Caller, words: Words, method: str, path: str) -> None:
    before, address = state(), path.format(**words)
    for body in ([], "x", 5, [{}], True):
        owner.call(method, address, body).expect(422)
    where = f"/api/v2.0{address}"
    for raw, status in ((b"{", 400), (b'{"a": \xff}', 400), (b"[" * 100_000, 400)):
        owner.send(method, where, raw, content_type="application/json").expect(status)
    owner.send(method, where, b"<a/>", content_type="text/xml").expect(415)
    assert state() == before
