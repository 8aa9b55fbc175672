"""Signing in to the portal with a name and password."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from accounts.credentials import BadCredentials, authenticate_basic
from accounts.lockout import LockedOut
from accounts.models import User
from accounts.personal_tokens import is_token
from accounts.robots import is_robot_name
from accounts.token_service.v2_authentication import client_address


class LocalBackend(BaseBackend):
    """Users with a password of ours. The same rules as everywhere: lock-out, and a record of what was refused.

    Robots are no people, and a personal token stands for less than its user: neither signs in here.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **others: object
    ) -> User | None:
        """None for refused credentials; a lock is noted in ``request.locked_out_for`` (seconds) for the form."""
        if not username or not password or is_robot_name(username) or is_token(password):
            return None
        address = client_address(request.META) if request else ""
        try:
            actor = authenticate_basic(username, password, address=address)
        except LockedOut as error:
            if request is not None:
                request.locked_out_for = error.retry_after  # type: ignore[attr-defined]
            return None
        except BadCredentials:
            return None
        return self.get_user(actor.id)

    def get_user(self, user_id: int) -> User | None:
        """Asked with each request of a session, so that shutting an account ends its sessions."""
        user: User | None = User.objects.existing().filter(pk=user_id, is_active=True).first()
        return user
