"""The lean handler: which paths are its own, what it adds to answers, and how it fails."""

import io
import json
import re

import pytest
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import path

from audit import context
from portal import registry_handler, wsgi
from portal.registry_handler import RegistryHandler
from registry_api import sql


class LocalFileResponse(StreamingHttpResponse):
    def __init__(self, file):
        super().__init__([b"iterated"], headers={"Content-Length": "8"})
        self.local_file = (file, 3, 8)


def ok(request):
    return HttpResponse(context.current().request_id, headers={"X-View": "yes"})


def body(request):
    return HttpResponse(b"untouched" if request.META["wsgi.input"].tell() == 0 else b"read")


def missing(request):
    raise Http404


def fault(request):
    raise ValueError("a secret that must not be told")


def own_file(request):
    return LocalFileResponse("/there")


urlpatterns = [path(f"v2/{view.__name__}", view) for view in (ok, body, missing, fault, own_file)]


class Answer:
    def __init__(self, environ):
        self.iterable = RegistryHandler()(environ, self.start)
        self.body = b"".join(self.iterable)
        getattr(self.iterable, "close", lambda: None)()

    def start(self, status, headers):
        self.status = int(status[:3])
        self.headers = dict(headers)


@pytest.fixture
def get(settings, monkeypatch, db):
    monkeypatch.setattr(registry_handler, "URLCONF", __name__)
    monkeypatch.setattr(registry_handler.pulls, "start", lambda *arguments: None)
    # The test's own connection, with its open transaction, must stay.
    monkeypatch.setattr(sql, "finish_request", lambda: None)

    def get(target, method="GET", **more):
        return Answer(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": target,
                "QUERY_STRING": "",
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "REMOTE_ADDR": "127.0.0.1",
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(b"body"),
                **more,
            }
        )

    return get


def test_it_answers_with_a_request_id_that_the_view_knows(get):
    answer = get("/v2/ok")
    assert (answer.status, answer.headers["X-View"]) == (200, "yes")
    assert answer.headers["X-Request-Id"] == answer.body.decode()
    assert re.fullmatch("[0-9a-f]{32}", answer.body.decode())


def test_a_proxys_request_id_is_kept(get):
    assert get("/v2/ok", HTTP_X_REQUEST_ID="proxy-7").headers["X-Request-Id"] == "proxy-7"


def test_the_context_ends_with_the_request(get):
    get("/v2/ok")
    assert context.current().request_id == ""


def test_bodies_are_left_to_the_views(get):
    assert get("/v2/body", "POST", CONTENT_LENGTH="4").body == b"untouched"


@pytest.mark.parametrize("target", ["/v2/nothing", "/v2/missing", "/v2/\xff\xfe"])
def test_an_unknown_address_is_an_error_of_the_registrys_form(get, target):
    answer = get(target)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert json.loads(answer.body)["errors"][0]["code"] == "NOT_FOUND"


def test_a_fault_shows_the_request_id_and_nothing_else(get, caplog):
    answer = get("/v2/fault")
    assert answer.status == 500
    request_id = answer.headers["X-Request-Id"]
    assert json.loads(answer.body) == {
        "errors": [{"code": "UNKNOWN", "message": f"internal error, request id {request_id}"}]
    }
    assert request_id in caplog.text
    assert "a secret that must not be told" in caplog.text


def test_the_debug_setting_changes_no_answer(get, settings):
    settings.DEBUG = True
    assert b"secret" not in get("/v2/fault").body
    assert get("/v2/missing").headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_local_file_is_given_to_the_server(get):
    answer = get("/v2/own_file", **{"portolan.sendfile": lambda *file: [repr(file).encode()]})
    assert answer.body == b"('/there', 3, 8)"


def test_another_server_iterates_it(get):
    assert get("/v2/own_file").body == b"iterated"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(FileNotFoundError(), 404, "BLOB_UNKNOWN"), (OSError(5, "I/O error"), 503, "UNAVAILABLE")],
)
def test_a_file_that_cannot_be_sent_is_an_error(get, error, status, code):
    def send_file(*file):
        raise error

    answer = get("/v2/own_file", **{"portolan.sendfile": send_file})
    assert answer.status == status
    assert json.loads(answer.body)["errors"][0]["code"] == code


@pytest.mark.parametrize(
    ("target", "registry"),
    [
        ("/v2/", True),
        ("/v2", True),
        ("/v2/library/alpine/manifests/latest", True),
        ("/service/token", True),
        ("/service/token/jwks.json", True),
        ("/.well-known/jwks.json", True),
        ("/", False),
        ("/admin/", False),
        ("/v20/", False),
        ("/api/v2.0/projects", False),
        ("/static/v2/x", False),
    ],
)
def test_the_registrys_paths(target, registry):
    assert wsgi.is_registry(target) is registry
