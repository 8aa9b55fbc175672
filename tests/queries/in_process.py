"""Requests to the registry's handler in this very process, so that its queries can be counted."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any
from unittest import mock

from portal.wsgi import application
from registry_api import sql
from registry_api.fastpath import pulls


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def request(method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    address, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": address,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    heard: dict[str, Any] = {}

    def start_response(status: str, lines: list[tuple[str, str]], *_: Any) -> None:
        heard.update(status=int(status[:3]), headers=dict(lines))

    with (
        # A request ends by giving its connection back; the test's, with its open transaction, must stay.
        mock.patch.object(sql, "finish_request"),
        # What is gathered about pulls would be written by a thread, with a connection of its own.
        mock.patch.object(pulls, "start"),
        mock.patch.object(pulls, "count"),
    ):
        answer = application(environ, start_response)
        content = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    return Answer(heard["status"], heard["headers"], content)


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def bearer(username: str, password: str, *scopes: str) -> dict[str, str]:
    asked = "&".join(["service=harbor-registry", *(f"scope={scope}" for scope in scopes)])
    answer = request("GET", f"/service/token?{asked}", headers=basic(username, password))
    assert answer.status == 200, answer
    return {"Authorization": f"Bearer {json.loads(answer.body)['token']}"}
