"""People: making, changing and removing their accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.utils import timezone

import audit
from accounts.actors import SYSTEM, Actor
from accounts.errors import BadRequest, Conflict, Forbidden, NotFound, Precondition
from accounts.models import Member, Project, User
from accounts.passwords import require_good_password
from accounts.robots import is_robot_name, make_secret
from accounts.selectors.rights import may_register, require
from accounts.services import names
from accounts.services.personal_tokens import revoke_personal_tokens_of
from accounts.services.rights_versions import users_changed
from accounts.services.rows import changes, locked, writing
from accounts.token_service.refresh import revoke_refresh_tokens_of

SYSADMIN = Q(is_sysadmin=True, is_active=True)
TAKEN = "a user with this name or e-mail address exists already"


def create_user(
    *,
    actor: Actor,
    username: str,
    password: str | None,
    email: str | None = None,
    realname: str = "",
    comment: str = "",
    is_sysadmin: bool = False,
    must_change_password: bool = False,
) -> User:
    """A new account. ``password`` None makes one that cannot sign in with a password (directory users).

    Raises Forbidden, BadRequest, Conflict (user name or e-mail address taken).
    """
    if not may_register(actor):
        require(actor, "user", "create")
    if is_robot_name(username):
        raise BadRequest("names that begin so are for robots", field="username")
    if is_sysadmin and not actor.is_sysadmin:
        raise Forbidden("only a system administrator makes another one")
    user = User(
        username=names.user_name(username),
        email=names.email(email),
        realname=names.real_name(realname),
        comment=names.comment(comment),
        is_sysadmin=is_sysadmin,
        must_change_password=must_change_password,
    )
    if password is not None:
        require_good_password(password, user)
    if username.lower() == "anonymous":
        raise Conflict(TAKEN, field="username")
    # Before the transaction: hashing takes a hundred times longer than all the rest.
    user.password = make_password(password)
    with writing(TAKEN, field="username"):
        user.save(force_insert=True)
        _record(actor, "create_user", user, {"after": {**_profile(user), "is_sysadmin": is_sysadmin}})
    return user


def update_user(
    *, actor: Actor, user: User, email: str | None = None, realname: str | None = None, comment: str | None = None
) -> User:
    """Changes what is given of a profile: one's own, or anybody's with the right to update users.

    An empty e-mail address takes it away. Raises Forbidden, BadRequest, Conflict, NotFound.
    """
    _require_over(actor, user, "update", oneself=True)
    given: dict[str, Any] = {}
    if email is not None:
        given["email"] = names.email(email)
    if realname is not None:
        given["realname"] = names.real_name(realname)
    if comment is not None:
        given["comment"] = names.comment(comment)
    with writing("another user has this e-mail address", field="email"):
        user = locked(User.objects.existing(), user.pk)
        changed = changes(_profile(user), given)
        if changed:
            _assign(user, given)
            _record(actor, "update_user", user, changed)
    return user


def set_password(
    *,
    actor: Actor,
    user: User,
    new_password: str,
    old_password: str | None = None,
    must_change_password: bool = False,
) -> User:
    """Sets a password; what was granted to the old one is void. To change one's own, the old one is needed.

    Raises Forbidden (also for a wrong old password), BadRequest (rule broken, or the same as before), NotFound.
    """
    _require_over(actor, user, "update", oneself=True)
    own = _is_oneself(actor, user)
    if own and not user.check_password(old_password or ""):
        raise Forbidden("the old password is wrong", field="old_password")
    require_good_password(new_password, user, field="new_password")
    if user.check_password(new_password):
        raise BadRequest("the new password must differ from the old one", field="new_password")
    hashed = make_password(new_password)
    with writing():
        user = locked(User.objects.existing(), user.pk)
        _assign(user, {"password": hashed, "must_change_password": must_change_password and not own})
        users_changed([user.pk])
        _record(actor, "update_user", user, {"changed": ["password"]})
    user.refresh_from_db()
    return user


def set_sysadmin(*, actor: Actor, user: User, is_sysadmin: bool) -> User:
    """Gives or takes the system administrator flag. Raises Forbidden, NotFound, Precondition (the last one)."""
    if not actor.is_sysadmin:
        raise Forbidden("only a system administrator makes or unmakes another one")
    return _set_flag(actor, user, "is_sysadmin", is_sysadmin)


def set_active(*, actor: Actor, user: User, active: bool) -> User:
    """Shuts an account, or opens it again; a shut one keeps its roles and can do nothing.

    Raises Forbidden, NotFound, Precondition (the last system administrator).
    """
    _require_over(actor, user, "update", oneself=False)
    return _set_flag(actor, user, "is_active", active)


def delete_user(*, actor: Actor, user: User) -> None:
    """Ends an account: no role, no group, no sign-in; its name is free again, since the row is kept as ``name#id``.

    Raises Forbidden (also for one's own account), Precondition (the last system administrator), NotFound.
    """
    _require_over(actor, user, "delete", oneself=False)
    with writing():
        user = _locked_for_removal(user)
        name = user.username
        Member.objects.filter(user=user).delete()
        user.user_groups.clear()
        user.personal_tokens.all().delete()
        _assign(user, _buried(user))
        users_changed([user.pk])
        _record(actor, "delete_user", user, {}, name=name)


def hold_with_sysadmins(pk: int) -> None:
    """For who calls several of these services in one transaction, of which one may lock all system administrators.

    Raises NotFound.
    """
    _held_with_sysadmins(pk)


def create_first_admin(username: str, password: str | None = None) -> str | None:
    """Makes sure that there is a system administrator; for the start command, which may call it at every start.

    Returns the generated password, which is shown nowhere else, when one was generated: there was no system
    administrator and ``password`` is None. Raises BadRequest (password breaks the rule), Conflict (the name belongs to
    somebody who is no system administrator).
    """
    if _sysadmins().exists():
        return None
    generated = make_secret() if password is None else None
    try:
        admin = create_user(
            actor=SYSTEM,
            username=username,
            password=generated or password,
            is_sysadmin=True,
            must_change_password=generated is not None,
        )
    except Conflict:
        if _sysadmins().exists():  # another process that started with us was faster
            return None
        raise
    Project.objects.filter(name="library", owner=None).update(owner=admin)
    return generated


def _set_flag(actor: Actor, user: User, flag: str, value: bool) -> User:
    with writing():
        user = locked(User.objects.existing(), user.pk) if value else _locked_for_removal(user)
        changed = changes({flag: getattr(user, flag)}, {flag: value})
        if changed:
            _assign(user, {flag: value})
            users_changed([user.pk])
            if flag == "is_active" and not value:
                # For good: opened again, the account must not be open to whoever kept an old token.
                revoke_refresh_tokens_of(actor=actor, holder=user)
                revoke_personal_tokens_of(actor=actor, user=user)
            _record(actor, "update_user", user, changed)
    user.refresh_from_db()
    return user


def _require_over(actor: Actor, user: User, action: str, *, oneself: bool) -> None:
    """Raises Forbidden unless the actor may do this to the user; ``oneself`` tells whether everybody may to themselves.

    A robot that manages users must not become a system administrator through one of them.
    """
    if _is_oneself(actor, user):
        if not oneself:
            raise Forbidden("this cannot be done to one's own account")
        return
    require(actor, "user", action)
    if user.is_sysadmin and not actor.is_sysadmin:
        raise Forbidden("only a system administrator may change another one")


def _is_oneself(actor: Actor, user: User) -> bool:
    return actor.is_user and actor.id == user.pk


def _locked_for_removal(user: User) -> User:
    """The user's row as it is now. Raises NotFound, or Precondition when without it nobody could administer the system.

    Of two who remove each other at the same time only one may succeed.
    """
    found = _held_with_sysadmins(user.pk)
    fresh = found.pop(user.pk)
    if fresh.is_sysadmin and fresh.is_active and not found:
        raise Precondition("this is the last system administrator")
    return fresh


def _held_with_sysadmins(pk: int) -> dict[int, User]:
    """The user, locked with all system administrators in the order that every change of users keeps. Raises NotFound.

    By their ids.
    """
    rows = User.objects.existing().filter(SYSADMIN | Q(pk=pk)).order_by("pk").select_for_update()
    found = {row.pk: row for row in rows}
    if pk not in found:
        raise NotFound("this user does not exist any more")
    return found


def _sysadmins() -> Any:
    return User.objects.existing().filter(SYSADMIN)


def _buried(user: User) -> dict[str, Any]:
    suffix = f"#{user.pk}"
    return {
        "username": user.username[: 255 - len(suffix)] + suffix,
        "email": user.email[: 255 - len(suffix)] + suffix if user.email else None,
        "password": make_password(None),
        "is_active": False,
        "is_sysadmin": False,
        "deleted_at": timezone.now(),
    }


def _assign(user: User, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=[*values, "update_time"])


def _profile(user: User) -> dict[str, Any]:
    return {"email": user.email, "realname": user.realname, "comment": user.comment}


def _record(actor: Actor, operation: str, user: User, detail: dict[str, Any], name: str = "") -> None:
    audit.record(actor=actor, operation=operation, resource_type="user", resource=name or user.username, detail=detail)
