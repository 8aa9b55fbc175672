"""The WSGI application that the tests of the server run in a real gunicorn, and a worker with little patience."""

import hashlib
import json
import os
import tempfile
import time
from urllib.parse import parse_qs

from portal.server.limits import Limits
from portal.server.worker import RegistryWorker
from registry_api.storage.contract import BadBody, ShortBody


class QuickWorker(RegistryWorker):
    limits = Limits(**json.loads(os.environ.get("TEST_LIMITS", "{}")))

    def init_process(self):
        RUNNING.append(self)
        super().init_process()


RUNNING = []


def application(environ, start_response):
    name = environ["PATH_INFO"].rstrip("/").rsplit("/", 1)[-1]
    return ROUTES[name](environ, start_response, {k: v[0] for k, v in parse_qs(environ["QUERY_STRING"]).items()})


def answer(start_response, value, status="200 OK"):
    content = json.dumps(value).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def echo(environ, start_response, query):
    """What arrived, read through the source in pieces of a given size."""
    view = memoryview(bytearray(int(query.get("piece", 1 << 16))))
    hasher, taken, error = hashlib.sha256(), 0, ""
    try:
        while count := environ["portolan.source"].readinto(view):
            hasher.update(view[:count])
            taken += count
    except (BadBody, ShortBody) as failure:
        error = type(failure).__name__
    found = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["RAW_URI"],
        "length": taken,
        "sha256": hasher.hexdigest(),
        "error": error,
        "host": environ.get("HTTP_HOST", ""),
        "scheme": environ["wsgi.url_scheme"],
        "script": environ["SCRIPT_NAME"],
    }
    OUTCOMES.append(found)
    return answer(start_response, found)


OUTCOMES = []


def outcomes(environ, start_response, query):
    """What the echoes found whose answers nobody could take."""
    return answer(start_response, OUTCOMES)


def wsgi_input(environ, start_response, query):
    try:
        body, error = environ["wsgi.input"].read(), ""
    except OSError as failure:
        body, error = b"", type(failure).__name__
    return answer(start_response, {"length": len(body), "sha256": hashlib.sha256(body).hexdigest(), "error": error})


def refuse(environ, start_response, query):
    return answer(start_response, {"errors": []}, "401 Unauthorized")


def state(environ, start_response, query):
    worker = RUNNING[0]
    others = worker.short.held + worker.portal.held + worker.wide.held - 1
    return answer(start_response, {"others": others, "connections": len(worker.connections), "process": os.getpid()})


def file(environ, start_response, query):
    offset, count = int(query.get("offset", 0)), int(query["count"])
    body = environ["portolan.sendfile"](query["path"], offset, count)
    start_response("200 OK", [("Content-Length", query.get("promised", str(count)))])
    return body


def file_without_length(environ, start_response, query):
    body = environ["portolan.sendfile"](query["path"], 0, int(query["count"]))
    start_response("200 OK", [])
    return body


def wrapper(environ, start_response, query):
    opened = open(query["path"], "rb")  # noqa: SIM115
    opened.seek(int(query.get("offset", 0)))
    start_response("200 OK", [("Content-Length", query["count"])])
    return environ["wsgi.file_wrapper"](opened)


def big(environ, start_response, query):
    content = bytes(range(256)) * (int(query["size"]) // 256)
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


def stream(environ, start_response, query):
    start_response("200 OK", [])
    return (b"%d\n" % number + bytes(int(query.get("size", 0))) for number in range(int(query["lines"])))


def broken_stream(environ, start_response, query):
    start_response("200 OK", [("Content-Length", "1000000")])

    def pieces():
        yield b"x" * 100_000
        raise ValueError("the rest is lost")

    return pieces()


def short_answer(environ, start_response, query):
    start_response("200 OK", [("Content-Length", "10")])
    return [b"five!"]


def fail(environ, start_response, query):
    raise ValueError("the application failed")


def slow(environ, start_response, query):
    time.sleep(float(query["seconds"]))
    return answer(start_response, {"slow": True})


def empty(environ, start_response, query):
    start_response("204 No Content", [])
    return []


def remember(environ, start_response, query):
    """Puts an answer in front of the application, as a view would, and a token that may see it."""
    from accounts import generations
    from accounts.actors import ANONYMOUS
    from accounts.generations import RIGHTS
    from accounts.token_service import verified
    from accounts.token_service.grants import Grant
    from registry_api.fastpath import answers
    from registry_api.services.changes import repository_counter

    body = query.get("body", "").encode() * int(query.get("times", 1))
    location = (query["file"], int(query.get("offset", 0)), int(query["count"])) if "file" in query else None
    length = location[2] if location else len(body)
    answers.remember(
        query["path"].encode(),
        repository=query.get("repository", "a/b"),
        generation=generations.read(repository_counter(query.get("repository", "a/b"))),
        headers=[("Content-Type", "text/plain"), ("Content-Length", str(length))],
        body=body,
        file=location,
        counted=(1, 2, "latest"),
        promises="promises" in query,
    )
    rights = generations.read(RIGHTS)
    allowed = frozenset(query.get("allowed", "pull").split())
    grant = Grant(ANONYMOUS, {"a/b": allowed}, False, time.time() + float(query.get("expires", 600)))
    verified.remember(query.get("token", "Bearer good").encode(), grant, rights=rights)
    return answer(start_response, {"remembered": True})


def bump(environ, start_response, query):
    from accounts import generations

    generations.bump(query["name"])
    return answer(start_response, {"bumped": True})


def counted(environ, start_response, query):
    from registry_api.fastpath import pulls

    return answer(start_response, sum(pulls.drain().values()))


def spool(environ, start_response, query):
    """Where an upload would be written: what arrived stays, although the rest never came."""
    view = memoryview(bytearray(1 << 16))
    with tempfile.NamedTemporaryFile(delete=False, dir=os.environ["PORTOLAN_DATA"], prefix="spool-") as kept:
        try:
            while count := environ["portolan.source"].readinto(view):
                kept.write(view[:count])
                kept.flush()
            ended = "whole"
        except (BadBody, ShortBody) as failure:
            ended = type(failure).__name__
    os.rename(kept.name, f"{kept.name}.{ended}")
    return answer(start_response, {"ended": ended})


ROUTES = {
    "echo": echo,
    "outcomes": outcomes,
    "input": wsgi_input,
    "refuse": refuse,
    "state": state,
    "file": file,
    "file-without-length": file_without_length,
    "wrapper": wrapper,
    "big": big,
    "stream": stream,
    "broken-stream": broken_stream,
    "short-answer": short_answer,
    "fail": fail,
    "slow": slow,
    "empty": empty,
    "remember": remember,
    "bump": bump,
    "counted": counted,
    "spool": spool,
}
