"""Permissions as a table to tick: a row a resource, a box an action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from accounts.permissions import Permission
from accounts.robots import Access
from accounts.services.granting import EVERY_PROJECT, SYSTEM_NAMESPACE

RESOURCES: Mapping[str, Any] = {
    "accessory": _("accessories"),
    "artifact": _("artifacts"),
    "artifact-addition": _("additions of artifacts"),
    "artifact-label": _("labels on artifacts"),
    "audit-log": _("the whole log"),
    "catalog": _("the catalog"),
    "export-cve": _("export of vulnerabilities"),
    "garbage-collection": _("garbage collection"),
    "immutable-tag": _("immutability rules"),
    "jobservice-monitor": _("jobs"),
    "label": _("labels"),
    "ldap-user": _("people in the directory"),
    "log": _("the project's log"),
    "member": _("members"),
    "metadata": _("options of the project"),
    "notification-policy": _("webhooks"),
    "preheat-instance": _("preheat instances"),
    "preheat-policy": _("preheat policies"),
    "project": _("projects"),
    "purge-audit": _("log rotation"),
    "quota": _("quotas"),
    "registry": _("registries"),
    "replication": _("replications"),
    "replication-adapter": _("kinds of registries"),
    "replication-policy": _("replication policies"),
    "repository": _("repositories"),
    "robot": _("robot accounts"),
    "sbom": _("bills of materials"),
    "scan": _("scans"),
    "scan-all": _("scans of everything"),
    "scanner": _("scanners"),
    "security-hub": _("the security hub"),
    "system-volumes": _("volumes"),
    "tag": _("tags"),
    "tag-retention": _("tag retention"),
    "user": _("users"),
    "user-group": _("groups"),
}
ACTIONS: Mapping[str, Any] = {
    "create": _("create"),
    "delete": _("delete"),
    "list": _("list"),
    "operate": _("operate"),
    "pull": _("pull"),
    "push": _("push"),
    "read": _("read"),
    "stop": _("stop"),
    "update": _("update"),
}
IN_PROJECTS = permissions.ROBOT_PROJECT_GRANTS
ON_SYSTEM = permissions.ROBOT_SYSTEM_GRANTS


class PermissionTable(forms.CheckboxSelectMultiple):
    template_name = "console/widgets/permissions.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows: dict[str, list[dict[str, Any]]] = {}
        for _group, options, _index in context["widget"]["optgroups"]:
            for option in options:
                rows.setdefault(option["value"].partition(":")[0], []).append(option)
        context["rows"] = [(RESOURCES.get(resource, resource), boxes) for resource, boxes in rows.items()]
        return context


class PermissionsField(forms.MultipleChoiceField):
    """``resource:action`` of each box that is ticked."""

    widget = PermissionTable

    def __init__(self, table: Iterable[Permission], **options: Any) -> None:
        pairs = sorted(table, key=lambda pair: (str(RESOURCES.get(pair[0], pair[0])), pair[1]))
        choices = [(f"{resource}:{action}", ACTIONS.get(action, action)) for resource, action in pairs]
        super().__init__(choices=choices, required=False, **options)


def in_projects(ticked: Iterable[str], namespaces: Iterable[str]) -> list[Access]:
    """The same in each of the projects; :data:`EVERY_PROJECT` is a namespace, too."""
    return [Access("project", namespace, *_pair(each)) for namespace in namespaces for each in ticked]


def on_system(ticked: Iterable[str]) -> list[Access]:
    return [Access("system", SYSTEM_NAMESPACE, *_pair(each)) for each in ticked]


def _pair(ticked: str) -> Permission:
    resource, _colon, action = ticked.partition(":")
    return resource, action


def namespaces_of(projects: list[str]) -> list[str]:
    return projects or [EVERY_PROJECT]
