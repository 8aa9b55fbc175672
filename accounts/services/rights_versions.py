"""Voiding what was granted before a change of rights.

Tokens and cached credentials carry the version they were made under; processes of this host hear of the change through
the shared counter, after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from accounts.generations import RIGHTS, bump_on_commit
from accounts.models import Project, Robot, User, UserGroup


def users_changed(user_ids: Iterable[int]) -> None:
    # Locked in the order of their ids: two changes that touch the same users must not wait for each other in a circle.
    rows = User.objects.filter(pk__in=set(user_ids)).order_by("pk").select_for_update()
    ids = list(rows.values_list("pk", flat=True))
    if ids:
        User.objects.filter(pk__in=ids).update(rights_version=F("rights_version") + 1)
    bump_on_commit(RIGHTS)


def group_changed(group: UserGroup) -> None:
    """All users of the group are touched."""
    # Held, so that a user who is just joining is either seen below or joins after the change.
    list(UserGroup.objects.filter(pk=group.pk).select_for_update().values_list("pk"))
    users_changed(group.users.values_list("pk", flat=True))


def robot_changed(robot: Robot) -> None:
    Robot.objects.filter(pk=robot.pk).update(rights_version=F("rights_version") + 1)
    bump_on_commit(RIGHTS)


def token_ended() -> None:
    """Of a personal token, which never changes otherwise: what came of it names it and dies with its row."""
    bump_on_commit(RIGHTS)


def project_changed(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(rights_version=F("rights_version") + 1)
    bump_on_commit(RIGHTS)
