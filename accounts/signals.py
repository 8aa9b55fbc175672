"""What Django tells us of and nobody else does."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

import audit
from accounts.actors import actor_of
from accounts.configuration.present import configured
from accounts.credentials import record_sign_in


@receiver(user_logged_in)
def start_session(sender: object, request: HttpRequest, user: Any, **more: object) -> None:
    """Recorded here and not where a password is found right: whoever may not enter in spite of it has not signed in."""
    request.session.set_expiry(60 * int(configured("session_timeout")))
    record_sign_in(actor_of(user), result=True)


@receiver(user_logged_out)
def record_sign_out(sender: object, user: Any, **more: object) -> None:
    if user is not None:
        actor = actor_of(user)
        audit.record(actor=actor, operation="logout_user", resource_type="user", resource=actor.name)
