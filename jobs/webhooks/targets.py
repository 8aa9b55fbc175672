"""Where messages go: the targets of a webhook, as its row keeps them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from socket import inet_aton
from urllib.parse import urlsplit

from accounts.errors import BadRequest
from jobs.webhooks.words import HTTP, SLACK, TARGETS, Format
from registry_api.remotes.addresses import check_url, resolve
from registry_api.remotes.errors import AddressRefused

MASK = "*****"
MOST_TARGETS = 10
LONGEST_HEADER = 4096  # characters
FIELD = "targets"


@dataclass(frozen=True, slots=True)
class Target:
    """``auth_header`` becomes the ``Authorization`` header. ``id`` tells targets of a webhook apart for as long as they
    are there, "" for one that is not stored yet."""

    kind: str = HTTP
    address: str = ""
    auth_header: str = ""
    skip_cert_verify: bool = False
    payload_format: str = Format.DEFAULT
    id: str = ""

    @property
    def shown_address(self) -> str:
        """Without what may be a secret in it: Slack's addresses open a channel to whoever knows them."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}/…"


def read_targets(text: str) -> list[Target]:
    return [Target(**each) for each in json.loads(text)]


def written(targets: Iterable[Target]) -> str:
    return json.dumps([asdict(target) for target in targets])


def checked(given: Sequence[Target], known: Sequence[Target]) -> list[Target]:
    """The given targets, fit to be stored; a masked header means the one that the address has already.

    Raises BadRequest.
    """
    if not given:
        raise BadRequest("a webhook has at least one target", field=FIELD)
    if len(given) > MOST_TARGETS:
        raise BadRequest(f"a webhook has at most {MOST_TARGETS} targets", field=FIELD)
    left = list(known)
    return [_checked(target, left) for target in given]


def _checked(target: Target, left: list[Target]) -> Target:
    """``left`` are those that no target before it has been found to be; each is one at the most."""
    if target.kind not in TARGETS:
        raise BadRequest(f"a target is one of {', '.join(TARGETS)}", field="kind")
    address = _address(target.address)
    before = next((each for each in left if (each.kind, each.address) == (target.kind, address)), None)
    if before is not None:
        left.remove(before)
    header = _header(target.auth_header, before)
    return replace(
        target,
        address=address,
        auth_header=header,
        payload_format=_format(target),
        id=before.id if before else uuid.uuid4().hex,
    )


def _address(given: str) -> str:
    """Harbor takes an address without a scheme for one of http, and drops the fragment."""
    text = given.strip().partition("#")[0]
    text = text if "://" in text else f"http://{text}"
    try:
        check_url(text)
        # A name may mean something else by the time it is called, and is judged then.
        if _is_an_address(urlsplit(text).hostname or ""):
            resolve(text)
    except AddressRefused as error:
        raise BadRequest(error.message, field="address") from error
    return text


def _is_an_address(host: str) -> bool:
    """However it is written (``127.1``, ``0x7f000001``, ``0177.0.0.1``), or by the name that means nothing but this
    machine (RFC 6761 §6.3)."""
    bare = host.removesuffix(".")
    if ":" in bare or bare.rpartition(".")[2] == "localhost":
        return True
    try:
        inet_aton(bare)
    except OSError:
        return False
    return True


def _header(given: str, before: Target | None) -> str:
    if given == MASK:
        if before is None:
            # Else whoever may change the address could have the header sent to a server of their own.
            raise BadRequest("say the authorization header again for an address that is new", field="auth_header")
        return before.auth_header
    if len(given) > LONGEST_HEADER or not (given.isascii() and (given.isprintable() or not given)):
        raise BadRequest(f"a header has up to {LONGEST_HEADER} printable ASCII characters", field="auth_header")
    return given


def _format(target: Target) -> str:
    if target.kind == SLACK:
        if target.payload_format not in ("", Format.DEFAULT):
            raise BadRequest("messages to Slack have a format of their own", field="payload_format")
        return Format.DEFAULT
    if target.payload_format not in ("", *Format):
        raise BadRequest(f"the format of messages is one of {', '.join(Format)}", field="payload_format")
    return target.payload_format or Format.DEFAULT
