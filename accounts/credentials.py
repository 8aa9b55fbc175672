"""Names with passwords or personal tokens and robots with secrets, as Basic authentication, the token service and the
admin take them; personal tokens by themselves, as the REST API does.

Hashing a password costs a fifth of a second on purpose. So what was verified is believed for
``settings.CREDENTIAL_CACHE_SECONDS``: the account's row is looked at again as soon as anybody's rights change on this
host (and every ``settings.FAST_PATH_MAX_AGE`` seconds otherwise), and another version of it voids the memory. Only
successes are remembered, under an HMAC with a key that lives and dies with the process. Lock-out is asked each time.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache, partial

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

import audit
from accounts import generations, lockout
from accounts.actors import Actor, Kind, actor_of
from accounts.errors import Unauthenticated
from accounts.generations import RIGHTS
from accounts.models import PersonalToken, Robot, User
from accounts.personal_tokens import is_token, possible_hashes, token_matches
from accounts.robots import is_robot_name, parse_full_name, secret_matches

LONGEST_NAME, LONGEST_PASSWORD = 1024, 1024  # characters
MOST_REMEMBERED = 10_000
# Each hash under way takes some 100 MiB; more at once than cores only makes all of them later.
HASHES_AT_ONCE = 2
LONGEST_WAIT = 10.0  # seconds for a turn to hash
# The last use of a personal token is written down no more often than this.
LAST_USE_PRECISION = timedelta(minutes=1)


class BadCredentials(Unauthenticated):
    """The same words for a wrong password, an unknown name and a shut account."""

    def __init__(self) -> None:
        super().__init__("incorrect user name or password")


@dataclass(frozen=True, slots=True)
class Account:
    """A user or robot as far as signing in is concerned; for a name that nobody has, ``actor`` is None.

    ``hashed`` is the password's or secret's hash, "" where no password can be right. ``quick`` compares a secret with
    its keyed hash; None for passwords, which take a slow one.
    """

    lock: lockout.Key
    actor: Actor | None
    hashed: str
    quick: Callable[[str, str], bool] | None = None
    token: PersonalToken | None = None


@dataclass(frozen=True, slots=True)
class _Remembered:
    """``until`` and ``looked_at`` are monotonic; ``rights`` is the counter RIGHTS before the row was looked at."""

    actor: Actor
    lock: lockout.Key
    until: float
    rights: int
    looked_at: float


_process_key = secrets.token_bytes(32)
_remembered: dict[bytes, _Remembered] = {}
_writing = threading.Lock()
_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


def authenticate_basic(username: str, password: str, *, address: str) -> Actor:
    """Who this is. Raises BadCredentials or :class:`accounts.lockout.LockedOut`.

    Robots sign in with their full name (``robot$…``), users with their name or e-mail address and either their password
    or one of their personal tokens.
    """
    find = partial(find_account, username, password)
    return _authenticate(_fingerprint(username, password), find, username, password, address)


def authenticate_token(token: str, *, address: str) -> Actor:
    """Whose personal token this is, without being told the name. Raises as :func:`authenticate_basic` does."""
    if not is_token(token):
        raise BadCredentials
    return _authenticate(_fingerprint(token), partial(_find_token, None, token), "", token, address)


def _authenticate(fingerprint: bytes, find: Callable[[], Account], username: str, password: str, address: str) -> Actor:
    known = _recall(fingerprint)
    if known is not None:
        lockout.check(known.lock, *lockout.address_keys(address))
        return known.actor
    rights = generations.read(RIGHTS)
    account = find()
    keys = account.lock, *lockout.address_keys(address)
    lockout.check(*keys)
    with _turn(account):
        # Whoever waited for a turn may have been overtaken: by a lock, or by the same credentials.
        lockout.check(*keys)
        known = _recall(fingerprint)
        right = known is not None or _is_right(account, password)
    if not right or account.actor is None:
        _refuse(username, account, keys)
        raise BadCredentials
    if known is None:
        lockout.forgive(account.lock)
        _note_use(account.token)
        _remember(fingerprint, account.actor, account.lock, rights)
    return account.actor


def find_account(username: str, password: str) -> Account:
    """Who signs in with this, by as many queries for a name that nobody has: one, and two for a personal token.

    An account that is shut or has expired is found without its actor, like a name that nobody has.
    """
    if not username or len(username) > LONGEST_NAME or not username.isprintable():
        return _nobody(username)
    if is_robot_name(username):
        return _find_robot(username)
    return _find_token(username, password) if is_token(password) else _find_user(username)


def decode_basic(value: str) -> tuple[str, str]:
    """User name and password of an Authorization header, its part after ``Basic`` (RFC 7617). Raises BadCredentials."""
    try:
        username, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise BadCredentials from None
    if not colon:
        raise BadCredentials
    return username, password


def forget_all() -> None:
    """Makes this process verify all credentials anew."""
    with _writing:
        _remembered.clear()


def _user_named(username: str) -> User | None:
    rows = list(User.objects.existing().filter(Q(username=username) | Q(email=username))[:2])
    # A name comes before an e-mail address: nobody signs in elsewhere by taking another's address for a name.
    return next((row for row in rows if row.username == username), rows[0] if rows else None)


def _find_user(username: str) -> Account:
    user = _user_named(username)
    if user is None:
        return _nobody(username)
    usable = user.is_active and user.has_usable_password()
    lock = lockout.account_key(f"user:{user.pk}")
    return Account(lock, actor_of(user) if usable else None, user.password if usable else "")


def _find_token(username: str | None, token: str) -> Account:
    """The token's user, when that is who ``username`` names; None asks for no name.

    Failures count for what was shown, not for the user: nobody guesses a token, but a machine that goes on trying one
    which was revoked must not lock its owner out.
    """
    named = _user_named(username) if username is not None else None
    row = PersonalToken.objects.working().filter(secret_hash__in=possible_hashes(token)).first()
    lock = lockout.account_key(f"token:{token}")
    if row is None or (username is not None and (named is None or named.pk != row.user_id)):
        return Account(lock, None, "", token_matches)
    return Account(lock, row.actor(), row.secret_hash, token_matches, row)


def _find_robot(username: str) -> Account:
    project, name = parse_full_name(username) or (None, "")
    robots = Robot.objects.select_related("project").filter(name=name)
    robot = (robots.filter(project__name=project) if project else robots.filter(project=None)).first()
    if robot is None:
        return _nobody(username)
    usable = not robot.disabled and not robot.is_expired()
    lock = lockout.account_key(f"robot:{robot.pk}")
    return Account(lock, actor_of(robot) if usable else None, robot.secret_hash if usable else "", secret_matches)


def _nobody(username: str) -> Account:
    lock = lockout.account_key(f"name:{username[:LONGEST_NAME]}")
    return Account(lock, None, "", secret_matches if is_robot_name(username) else None)


def _is_right(account: Account, password: str) -> bool:
    """Takes as long for a name that nobody has, or a shut account, as for a wrong password."""
    if len(password) > LONGEST_PASSWORD:
        return False
    if account.quick is not None:
        return account.quick(password, account.hashed or "0" * 64)
    return check_password(password, account.hashed or _hash_of_nothing()) and bool(account.hashed)


@lru_cache(maxsize=1)
def _hash_of_nothing() -> str:
    return make_password(secrets.token_urlsafe(16))


@contextmanager
def _turn(account: Account) -> Iterator[None]:
    """Lets a few passwords be hashed at once and the others wait. Raises LockedOut when the wait is too long."""
    if account.quick is not None:
        yield
        return
    if not _turns.acquire(timeout=LONGEST_WAIT):
        raise lockout.LockedOut(1)
    try:
        yield
    finally:
        _turns.release()


def _refuse(username: str, account: Account, keys: tuple[lockout.Key, ...]) -> None:
    """Counts the failure and records it."""
    # A made-up name may hold what no database takes as text.
    who = account.actor or Actor(Kind.ANONYMOUS, 0, "".join(filter(str.isprintable, username))[:255])
    with transaction.atomic():
        lockout.record_failure(*keys)
        record_sign_in(who, result=False)


def record_sign_in(actor: Actor, *, result: bool) -> None:
    """The audit record of signing in, by Harbor's name for it."""
    audit.record(actor=actor, operation="login_user", resource_type="user", resource=actor.name, result=result)


def _fingerprint(*shown: str) -> bytes:
    # The lengths keep apart what would otherwise be the same text cut at another place.
    text = "".join(f"{len(part)}:{part}" for part in shown)
    return hmac.digest(_process_key, text.encode("utf-8", "surrogatepass"), "sha256")


def _recall(fingerprint: bytes) -> _Remembered | None:
    """What is remembered of these credentials, when it still holds."""
    known = _remembered.get(fingerprint)
    if known is None or time.monotonic() > known.until or _has_expired(known.actor):
        return None
    rights = generations.read(RIGHTS)
    if known.rights == rights and time.monotonic() - known.looked_at <= settings.FAST_PATH_MAX_AGE:
        return known
    actor = _present_actor(known.actor)
    if actor is None or actor.rights_version != known.actor.rights_version:
        with _writing:
            _remembered.pop(fingerprint, None)
        return None
    known = replace(known, actor=actor, rights=rights, looked_at=time.monotonic())
    with _writing:
        _remembered[fingerprint] = known
    return known


def _present_actor(actor: Actor) -> Actor | None:
    """The same user, token or robot as the row is now; None when it may not sign in any more."""
    if actor.token is not None:
        token = PersonalToken.objects.working().filter(pk=actor.token.id).first()
        _note_use(token)
        return token.actor() if token else None
    if actor.is_user:
        user = User.objects.existing().filter(pk=actor.id, is_active=True).first()
        return actor_of(user) if user else None
    robot = Robot.objects.select_related("project").filter(pk=actor.id).first()
    return actor_of(robot) if robot and not robot.disabled and not robot.is_expired() else None


def _has_expired(actor: Actor) -> bool:
    return actor.token is not None and actor.token.expires_at <= time.time()


def _note_use(token: PersonalToken | None) -> None:
    """Writes down that a token is in use: when it is looked at, never for what is remembered of it."""
    now = timezone.now()
    if token and (token.last_used_at is None or token.last_used_at < now - LAST_USE_PRECISION):
        PersonalToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _remember(fingerprint: bytes, actor: Actor, lock: lockout.Key, rights: int) -> None:
    now = time.monotonic()
    with _writing:
        while len(_remembered) >= MOST_REMEMBERED:
            _remembered.pop(next(iter(_remembered)))
        _remembered[fingerprint] = _Remembered(actor, lock, now + settings.CREDENTIAL_CACHE_SECONDS, rights, now)
