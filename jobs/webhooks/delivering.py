"""One try to deliver a message: a POST to somebody else's server, whose answer is kept as far as it is of use."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings

from accounts.configuration.present import configured
from jobs.framework.run import Again, Failed, Run
from jobs.models import Trigger
from jobs.webhooks.models import WebhookPolicy
from jobs.webhooks.targets import MASK, Target, read_targets
from registry_api import sql
from registry_api.remotes.addresses import Reach
from registry_api.remotes.errors import RemoteError
from registry_api.remotes.patience import retry_after
from registry_api.remotes.transport import Answer, Transport

SIGNATURE = "X-Portolan-Signature"
EVENT = "X-Portolan-Event"
DELIVERY = "X-Portolan-Delivery"
LARGEST_ANSWER = 1 << 20  # bytes; nobody has that much to say to a webhook
KEPT = 1024  # bytes of an answer
MOST_HEADERS = 50
LONGEST_VALUE = 500  # characters of an answer's header
# Of the other side's, which are worth as much as ours.
SECRET_HEADERS = frozenset({"authorization", "set-cookie"})
LONGEST_WAIT = 600.0  # seconds, whatever the other side says


def deliver(run: Run) -> None:
    """Raises Failed where another try cannot help, else Again; what came back stands in the task's result."""
    policy, target = _found(run)
    body = str(run.parameters["payload"]).encode()
    headers = headers_of(run.parameters, policy, target, body)
    run.note(request={"address": target.shown_address, "headers": masked(headers)}, response={})
    run.log.info("try %d: POST of %d bytes to %s", run.attempt, len(body), target.shown_address)
    sql.give_back_connection()
    try:
        answer = _post(target, headers, body)
    except RemoteError as error:
        run.note(response={"error": error.message})
        raise (Again if error.may_pass else Failed)(error.message) from error
    run.note(response=_kept(answer))
    run.log.info("answered with %d", answer.status)
    _judge(answer)


def signature_of(secret: str, body: bytes) -> str:
    """``sha256=`` and the HMAC-SHA256 of the body in hex, as the receiver has to compute it."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def headers_of(parameters: dict[str, Any], policy: WebhookPolicy, target: Target, body: bytes) -> dict[str, str]:
    headers = {
        "Content-Type": str(parameters["content_type"]),
        EVENT: str(parameters["event_type"]),
        DELIVERY: str(parameters["id"]),
    }
    if policy.secret:
        headers[SIGNATURE] = signature_of(policy.secret, body)
    if target.auth_header:
        headers["Authorization"] = target.auth_header
    return headers


def masked(headers: dict[str, str]) -> dict[str, str]:
    return {name: MASK if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}


def _found(run: Run) -> tuple[WebhookPolicy, Target]:
    """Raises Failed for what went away, or was switched off, since the message was planned."""
    policy = WebhookPolicy.objects.filter(pk=run.execution.subject_id).first()
    if policy is None:
        raise Failed("the webhook was deleted")
    if not configured("notification_enable"):
        raise Failed("webhooks are switched off for the whole installation")
    if not policy.enabled and run.execution.trigger == Trigger.EVENT:
        # What somebody sends by hand, to try it out or once more, is sent all the same.
        raise Failed("the webhook was switched off")
    target = next((each for each in read_targets(policy.targets) if each.id == run.parameters["target"]), None)
    if target is None:
        raise Failed("the webhook does not have this target any more")
    return policy, target


def _post(target: Target, headers: dict[str, str], body: bytes) -> Answer:
    """No redirect is followed. Raises RemoteError."""
    seconds = float(settings.WEBHOOK_SECONDS)
    transport = Transport(
        reach=Reach.PUBLIC,
        insecure=target.skip_cert_verify,
        connect_seconds=seconds,
        read_seconds=seconds,
    )
    try:
        return transport.exchange(
            "POST", target.address, headers=headers, body=body, limit=LARGEST_ANSWER, seconds=seconds
        )
    finally:
        transport.close()


def _kept(answer: Answer) -> dict[str, Any]:
    """Status, headers and beginning of the answer, as far as they are of use and no secrets."""
    found = {name: value[:LONGEST_VALUE] for name, value in list(answer.headers.items())[:MOST_HEADERS]}
    content = answer.body[:KEPT].decode(errors="replace")
    return {"status": answer.status, "headers": masked(found), "body": content}


def _judge(answer: Answer) -> None:
    """Returns where the message was taken. Raises Failed, Again."""
    if 200 <= answer.status < 300:
        return
    if 300 <= answer.status < 400:
        raise Failed(f"answered with {answer.status}: redirects are not followed")
    wait = min(retry_after(answer.headers), LONGEST_WAIT)
    raise Again(f"answered with {answer.status}", after=wait or None)
