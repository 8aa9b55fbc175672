"""The audit record: what a row holds, and that it shares the fate of its deed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory

import audit
from accounts.actors import ANONYMOUS
from accounts.configuration.present import configured
from audit import context
from audit.middleware import RequestContextMiddleware
from audit.models import AuditLog
from tests.accounts.conftest import People, last_record

pytestmark = pytest.mark.django_db


def write(**options: object) -> AuditLog:
    audit.record(
        **{"actor": ANONYMOUS, "operation": "pull_artifact", "resource_type": "artifact", "resource": "a", **options}
    )
    return last_record()


def test_it_works(people: People) -> None:
    token = context.enter(context.RequestContext("192.0.2.7", "req-1", "docker/27"))
    try:
        record = write(
            actor=people.alice,
            resource="team/app:1",
            project=people.project,
            result=False,
            detail={"tags": ["1"], "who": "Ünï\n%s"},
        )
    finally:
        context.leave(token)
    assert (record.username, record.actor_kind, record.actor_id) == ("alice", "user", people.alice.id)
    assert (record.project_id, record.project_name, record.result) == (people.project.pk, "team", False)
    assert (record.source_address, record.request_id, record.client) == ("192.0.2.7", "req-1", "docker/27")
    assert record.detail == {"tags": ["1"], "who": "Ünï\n%s"}
    assert record.op_time.tzinfo is not None


def test_without_a_request_and_a_project() -> None:
    record = write()
    assert (record.source_address, record.request_id, record.client) == ("", "", "")
    assert (record.project_id, record.project_name, record.detail) == (None, "", {})


def test_a_bare_project_id_takes_the_name_from_the_repository() -> None:
    record = write(resource="team/app@sha256:1", project=7)
    assert (record.project_id, record.project_name) == (7, "team")
    assert write(resource="thing", project=7).project_name == ""


def test_it_takes_one_statement(django_assert_num_queries: Callable) -> None:
    configured("disabled_audit_log_event_types")  # asked for once a second at most, and not with each record
    with django_assert_num_queries(1):
        audit.record(actor=ANONYMOUS, operation="x", resource_type="y", resource="z", project=1, detail={"a": 1})


def test_it_goes_with_the_transaction() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(actor=ANONYMOUS, operation="x", resource_type="y", resource="z")
        raise RuntimeError
    assert not AuditLog.objects.filter(operation="x").exists()


def test_an_endless_resource_is_cut() -> None:
    assert len(write(resource="x" * 2000).resource) == 1024


class TestRequestContext:
    def call(self, **headers: str) -> tuple[context.RequestContext, HttpResponse]:
        seen: list[context.RequestContext] = []

        def view(request: object) -> HttpResponse:
            seen.append(context.current())
            return HttpResponse()

        request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", **headers)
        return seen, RequestContextMiddleware(view)(request)

    def test_it_is_there_for_the_request_and_gone_after(self) -> None:
        seen, response = self.call(HTTP_USER_AGENT="skopeo/1.9", HTTP_X_REQUEST_ID="abc-1")
        assert seen == [context.RequestContext("203.0.113.9", "abc-1", "skopeo/1.9")]
        assert response["X-Request-Id"] == "abc-1"
        assert context.current() == context.NO_REQUEST

    @pytest.mark.parametrize("given", ["", "a b", "a\r\nSet-Cookie: x", "x" * 65, "<script>"])
    def test_a_request_id_in_another_form_is_replaced(self, given: str) -> None:
        seen, response = self.call(HTTP_X_REQUEST_ID=given)
        assert context.REQUEST_ID.fullmatch(seen[0].request_id)
        assert seen[0].request_id != given
        assert response["X-Request-Id"] == seen[0].request_id

    def test_the_client_is_cut_and_cleaned(self) -> None:
        seen, _ = self.call(HTTP_USER_AGENT="a\tb" + "x" * 300)
        assert seen[0].client.startswith("abx") and len(seen[0].client) <= 255

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "expected"),
        [
            (0, "198.51.100.1", "203.0.113.9"),
            (1, "198.51.100.1", "198.51.100.1"),
            (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
            (2, "198.51.100.1", "203.0.113.9"),
            (1, "", "203.0.113.9"),
            (1, "nonsense", "203.0.113.9"),
            (1, "198.51.100.1:4711", "198.51.100.1"),
            (1, "[2001:db8::1]:4711", "2001:db8::1"),
            (1, "2001:db8::1", "2001:db8::1"),
        ],
    )
    def test_only_trusted_proxies_are_believed(self, settings, proxies: int, forwarded: str, expected: str) -> None:
        settings.TRUSTED_PROXIES = proxies
        seen, _ = self.call(HTTP_X_FORWARDED_FOR=forwarded)
        assert seen[0].source_address == expected
