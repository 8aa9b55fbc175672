"""What a person sees when something is wrong: a sentence, the request's id, nothing about the inside."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from portal import urls

FAULTS = {
    "bad": SuspiciousOperation("the inside"),
    "forbidden": PermissionDenied("the inside"),
    "missing": Http404("the inside"),
    "broken": RuntimeError("the inside"),
}


def faulty(request: HttpRequest, fault: str) -> HttpResponse:
    raise FAULTS[fault]


@pytest.fixture
def client(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A product with one more address for each fault."""
    module = ModuleType("faulty_urls")
    module.__dict__.update(vars(urls), urlpatterns=[*urls.urlpatterns, path("faulty/<str:fault>", faulty)])
    monkeypatch.setitem(sys.modules, "faulty_urls", module)
    settings.ROOT_URLCONF = "faulty_urls"
    return Client(raise_request_exception=False)


def test_it_works(client: Client) -> None:
    page = client.get("/no/such/page")
    assert page.status_code == 404
    assert "There is nothing at this address." in page.content.decode()


@pytest.mark.parametrize(("fault", "status"), [("bad", 400), ("forbidden", 403), ("missing", 404), ("broken", 500)])
def test_it_tells_the_request_id_and_nothing_of_the_inside(client: Client, fault: str, status: int) -> None:
    page = client.get(f"/faulty/{fault}", headers={"X-Request-Id": "voyage-1730"})
    text = page.content.decode()
    assert page.status_code == status
    assert page["X-Request-Id"] == "voyage-1730"
    assert "voyage-1730" in text
    assert "inside" not in text and "Traceback" not in text
