"""POST /service/token (Docker token authentication, "OAuth 2.0 token")."""

from __future__ import annotations

import io

import pytest
from django.http import HttpResponse

from accounts.token_service import forms
from tests.tokens.conftest import PASSWORD, SERVICE, Door, World, access_of, claims_of, urlencoded

FORM = "application/x-www-form-urlencoded"


def password_form(**fields: str) -> dict[str, str]:
    return {"grant_type": "password", "username": "alice", "password": PASSWORD, **fields}


class Pieces(io.BytesIO):
    """A body that arrives in small pieces, whatever is asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size or 7))


class Broken(io.BytesIO):
    """A client that goes away in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


def post_chunked(door: Door, body: bytes, **environ: object) -> HttpResponse:
    """As skopeo does: no Content-Length, so that Django sees an empty body."""
    given = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, **environ}
    return door.client.generic(
        "POST", "/service/token", content_type=FORM, CONTENT_TYPE=FORM, HTTP_TRANSFER_ENCODING="chunked", **given
    )


def test_it_works(world: World, door: Door) -> None:
    response = door.post_token(**password_form(scope="repository:team/app:pull,push repository:open/app:pull"))
    assert access_of(response) == {"repository:team/app": ["pull", "push"], "repository:open/app": ["pull"]}


def test_the_answer_has_what_clients_read(world: World, door: Door) -> None:
    response = door.post_token(**password_form(scope="repository:team/app:pull repository:none/app:pull"))
    answer = response.json()
    assert set(answer) == {"access_token", "expires_in", "issued_at", "scope"}
    assert answer["scope"] == "repository:team/app:pull", "what was granted, not what was asked"
    assert response["Cache-Control"] == "no-store"


def test_a_refresh_token_comes_only_when_asked_for(world: World, door: Door) -> None:
    assert "refresh_token" not in door.post_token(**password_form()).json()
    assert "refresh_token" not in door.post_token(**password_form(access_type="online")).json()
    assert "refresh_token" in door.post_token(**password_form(access_type="offline")).json()


def test_robots_get_tokens_too(world: World, door: Door) -> None:
    form = password_form(username="robot$team+ci", password=world.secret, scope="repository:team/app:pull")
    assert access_of(door.post_token(**form)) == {"repository:team/app": ["pull"]}


def test_a_refresh_token_is_exchanged(world: World, door: Door) -> None:
    refresh_token = door.post_token(**password_form(access_type="offline")).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": "repository:team/app:pull"}
    response = door.post_token(**form)
    assert claims_of(response)["sub"] == "alice"
    assert access_of(response) == {"repository:team/app": ["pull"]}
    assert "refresh_token" not in response.json()


def test_an_offline_exchange_gives_the_same_refresh_token_back(world: World, door: Door) -> None:
    refresh_token = door.post_token(**password_form(access_type="offline")).json()["refresh_token"]
    answer = door.post_token(grant_type="refresh_token", refresh_token=refresh_token, access_type="offline").json()
    assert answer["refresh_token"] == refresh_token


def test_a_chunked_form_is_read(world: World, door: Door) -> None:
    body = urlencoded({"service": SERVICE, "client_id": "skopeo", **password_form()}).encode()
    assert claims_of(post_chunked(door, body))["sub"] == "alice"


def test_a_form_may_arrive_in_pieces(world: World, door: Door) -> None:
    body = urlencoded({"service": SERVICE, **password_form()}).encode()
    assert claims_of(post_chunked(door, body, **{"wsgi.input": Pieces(body)}))["sub"] == "alice"
    announced = door.client.generic("POST", "/service/token", body, content_type=FORM, **{"wsgi.input": Pieces(body)})
    assert claims_of(announced)["sub"] == "alice"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_form_is_refused(world: World, door: Door, chunked: bool) -> None:
    body = urlencoded({"service": SERVICE, **password_form(scope="x" * forms.LONGEST_FORM)}).encode()
    if chunked:
        response = post_chunked(door, body)
    else:
        response = door.client.generic("POST", "/service/token", body, content_type=FORM)
    assert response.status_code == 413


def test_what_is_announced_as_too_large_is_not_read(world: World, door: Door) -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("nobody should read this")

    environ = {"CONTENT_LENGTH": str(10**12), "wsgi.input": Unreadable()}
    response = door.client.generic("POST", "/service/token", b"x", content_type=FORM, **environ)
    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "٣", "9" * 30])
def test_a_bad_content_length_is_refused(world: World, door: Door, length: str) -> None:
    response = door.client.generic("POST", "/service/token", b"x", content_type=FORM, CONTENT_LENGTH=length)
    assert response.status_code == 400


def test_a_body_that_ends_early_is_refused(world: World, door: Door) -> None:
    body = urlencoded({"service": SERVICE, **password_form()}).encode()
    for stream in (Pieces(body), Broken(body)):
        environ = {"CONTENT_LENGTH": str(len(body) + 10), "wsgi.input": stream}
        response = door.client.generic("POST", "/service/token", body, content_type=FORM, **environ)
        assert response.status_code == 400


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_only_forms_are_taken(world: World, door: Door, content_type: str) -> None:
    body = urlencoded({"service": SERVICE, **password_form()}).encode()
    response = door.client.generic("POST", "/service/token", body, content_type=content_type, CONTENT_TYPE=content_type)
    assert response.status_code == 400


def test_a_charset_in_the_content_type_is_fine(world: World, door: Door) -> None:
    body = urlencoded({"service": SERVICE, **password_form()}).encode()
    content_type = "Application/X-WWW-Form-Urlencoded; charset=UTF-8"
    response = door.client.generic("POST", "/service/token", body, content_type=content_type)
    assert claims_of(response)["sub"] == "alice"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff%fe&service=%c3%28", b"&".join([b"a=b"] * 5000)])
def test_what_is_no_readable_form_is_refused(world: World, door: Door, body: bytes) -> None:
    assert door.client.generic("POST", "/service/token", body, content_type=FORM).status_code == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"grant_type": "password", "username": "alice", "password": "wrong"}, 401),
        ({"grant_type": "password", "username": "nobody", "password": "wrong"}, 401),
        ({"grant_type": "password"}, 401),
        ({"grant_type": "refresh_token"}, 401),
        ({"grant_type": "refresh_token", "refresh_token": "prt_made-up"}, 401),
        ({"grant_type": "client_credentials"}, 400),
        ({}, 400),
        ({"grant_type": "password", "service": "another"}, 400),
    ],
)
def test_refusals(world: World, door: Door, fields: dict[str, str], status: int) -> None:
    response = door.post_token(**fields)
    assert response.status_code == status
    assert response.json()["errors"][0]["code"] in {"UNAUTHORIZED", "BAD_REQUEST"}


def test_credentials_in_the_header_are_not_read(world: World, door: Door) -> None:
    from tests.tokens.conftest import basic

    response = door.client.post(
        "/service/token", urlencoded({"service": SERVICE}), content_type=FORM, headers=basic("alice")
    )
    assert response.status_code == 400
