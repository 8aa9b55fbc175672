"""Stopping: requests in flight are finished, everything ends."""

from __future__ import annotations

import hashlib
import http.client
import os
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.portal.serving import Serving, serving
from tests.portal.supervised import gone
from tests.support.until import PATIENCE, wait_until

pytestmark = pytest.mark.slow
Prepared = Callable[[Path], Path]
HALF = 1 << 20  # bytes


def start_upload(running: Serving) -> str:
    answer = requests.post(
        f"{running.address}/v2/library/stopping/blobs/uploads/", auth=("admin", running.password), timeout=PATIENCE
    )
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def refuses_connections(running: Serving) -> bool:
    try:
        running.get("/v2/")
    except requests.ConnectionError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_finishes_a_request_in_flight_and_ends(tmp_path: Path, prepared: Prepared, number: signal.Signals) -> None:
    content = os.urandom(2 * HALF)
    with serving(prepared(tmp_path / "data")) as running:
        location = urlsplit(start_upload(running))
        children = running.children().values()
        upload = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        target = f"{location.path}?{location.query}{'&' if location.query else ''}digest={digest}"
        login = requests.auth._basic_auth_str("admin", running.password)
        upload.putrequest("PUT", target)
        upload.putheader("Authorization", login)
        upload.putheader("Content-Length", str(len(content)))
        upload.endheaders()
        upload.send(content[:HALF])
        running.process.send_signal(number)
        wait_until(lambda: refuses_connections(running))
        upload.send(content[HALF:])
        assert upload.getresponse().status == 201
        assert running.process.wait(PATIENCE) == 0
        assert all(gone(child) for child in children)


def test_a_client_that_never_finishes_does_not_keep_it_alive(tmp_path: Path, prepared: Prepared) -> None:
    with serving(prepared(tmp_path / "data")) as running:
        location = urlsplit(start_upload(running))
        upload = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        upload.putrequest("PATCH", f"{location.path}?{location.query}")
        upload.putheader("Authorization", requests.auth._basic_auth_str("admin", running.password))
        upload.putheader("Content-Length", str(2 * HALF))
        upload.endheaders()
        upload.send(bytes(HALF))
        assert running.stop() == 0
        upload.close()
