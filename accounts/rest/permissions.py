"""Harbor's tag ``permissions``: what robots can be given, for those who make robots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NotRequired, TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Forbidden
from accounts.models import Member
from accounts.permissions import ROBOT_PROJECT_GRANTS, ROBOT_SYSTEM_GRANTS, Permission, Role
from accounts.rest.base import RestView
from accounts.rest.operations import Operation
from accounts.rest.users import PermissionShown


class PermissionsShown(TypedDict):
    system: NotRequired[list[PermissionShown]]
    project: list[PermissionShown]


class PermissionsView(RestView):
    tag = "permissions"
    operations = {"GET": Operation("getPermissions", PermissionsShown)}

    def get(self, request: Request) -> Response:
        """The list for the system is for system administrators; who administers any project gets that of projects."""
        actor = self.require_login()
        shown: PermissionsShown = {"project": _listed(ROBOT_PROJECT_GRANTS)}
        if actor.is_sysadmin:
            shown["system"] = _listed(ROBOT_SYSTEM_GRANTS)
            return Response(shown)
        if not (actor.is_user and Member.objects.of_user(actor.id).filter(role=Role.PROJECT_ADMIN).exists()):
            raise Forbidden("only administrators of projects or of the system make robots")
        return Response(shown)


def _listed(grants: Iterable[Permission]) -> list[PermissionShown]:
    return [{"resource": resource, "action": action} for resource, action in sorted(grants)]
