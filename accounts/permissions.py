"""Who may do what: Harbor's role matrix and its lists of robot permissions, as one table that everything asks.

Pure look-ups without a database. A permission is a pair of a resource (``repository``, ``member``, …) and an action
(``read``, ``push``, …). Those of a project are granted by role; those of the system (making users, collecting garbage…)
to system administrators and to system robots only. Source: Harbor 2.16, its policies of project roles and of robots.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import IntegerChoices
from django.utils.translation import gettext_lazy as _

Permission = tuple[str, str]


class Role(IntegerChoices):
    """A member's role in a project; the numbers are those of Harbor's API."""

    PROJECT_ADMIN = 1, _("project admin")
    DEVELOPER = 2, _("developer")
    GUEST = 3, _("guest")
    MAINTAINER = 4, _("maintainer")
    LIMITED_GUEST = 5, _("limited guest")


CRUD = "create read update delete"

# One row a resource, one column a role, in the order of COLUMNS; "-" grants nothing. ``self`` is the project itself.
# Harbor's but for metadata:list, which no role of Harbor's has, although who reads entry by entry sees the same.
COLUMNS = ("admin", "maintainer", "developer", "guest", "limited guest", "public")
MATRIX: dict[str, tuple[str, str, str, str, str, str]] = {
    "self": ("read update delete", "read", "read", "read", "read", "read"),
    "member": (f"{CRUD} list", "read list", "read list", "read list", "-", "-"),
    "metadata": (f"{CRUD} list", "read list", "-", "-", "-", "-"),
    "log": ("list", "-", "-", "-", "-", "-"),
    "label": (f"{CRUD} list", f"{CRUD} list", "read list", "read list", "-", "read list"),
    "quota": ("read", "read", "read", "read", "read", "-"),
    "repository": (
        f"{CRUD} list pull push", f"{CRUD} list pull push", "create read update list pull push",
        "read list pull", "read list pull", "list pull",
    ),
    "tag-retention": (f"{CRUD} list operate", f"{CRUD} list operate", f"{CRUD} list operate", "-", "-", "-"),
    "immutable-tag": ("create update delete list", "create update delete list", "-", "-", "-", "-"),
    "configuration": ("read update", "read", "read", "read", "read", "-"),
    "robot": (f"{CRUD} list", "read list", "read list", "read list", "-", "-"),
    "notification-policy": (f"{CRUD} list", "read list", "-", "-", "-", "-"),
    "scan": ("create read stop", "create read stop", "read", "read", "read", "read"),
    "sbom": ("create read stop", "create read stop", "read", "read", "read", "-"),
    "scanner": ("create read", "read", "read", "read", "read", "read"),
    "artifact": (
        "create read delete list", "create read delete list", "create read list",
        "read list", "read list", "read list",
    ),
    "artifact-addition": ("read", "read", "read", "read", "read", "read"),
    "tag": ("create delete list", "create delete list", "create list", "list", "list", "list"),
    "accessory": ("list", "list", "list", "list", "list", "list"),
    "artifact-label": ("create delete", "create delete", "create delete", "-", "-", "-"),
    "preheat-policy": (f"{CRUD} list", "-", "-", "-", "-", "-"),
    "export-cve": ("create read list", "create read list", "create read list", "-", "-", "-"),
}  # fmt: skip

# What exists on the system as a whole; a system administrator has all of it.
SYSTEM: dict[str, str] = {
    "catalog": "read",
    "audit-log": "list",
    "project": f"{CRUD} list",
    "user": f"{CRUD} list",
    "user-group": f"{CRUD} list",
    "registry": f"{CRUD} list",
    "replication": f"{CRUD} list",
    "distribution": f"{CRUD} list",
    "garbage-collection": f"{CRUD} list",
    "scan-all": f"{CRUD} list stop",
    "system-volumes": "read",
    "ldap-user": "create list",
    "configuration": "read update",
    "jobservice-monitor": "read list stop",
    "security-hub": "read list",
}

# What a robot or a personal token may be given on the system (namespace "/").
ROBOT_SYSTEM: dict[str, str] = {
    "audit-log": "list",
    "preheat-instance": f"{CRUD} list",
    "project": "list create",
    "replication-policy": f"{CRUD} list",
    "replication": "read create list",
    "replication-adapter": "list",
    "registry": f"{CRUD} list",
    "scan-all": "read update stop create",
    "system-volumes": "read",
    "garbage-collection": "read create list update stop",
    "purge-audit": "read create list update stop",
    "jobservice-monitor": "list stop",
    "scanner": f"{CRUD} list",
    "label": CRUD,
    "security-hub": "read list",
    "catalog": "read",
    "quota": "read list update",
    "robot": "create read list delete",
    "user": f"{CRUD} list",
    "ldap-user": "create list",
    "user-group": f"{CRUD} list",
}

# What every user may on the system, without administering it.
EVERY_USER: frozenset[Permission] = frozenset({("project", "create")})

# What they may be given in a project (namespace: the project's name, or "*"). ``project`` is the project itself.
ROBOT_PROJECT: dict[str, str] = {
    "log": "list",
    "project": "read delete update",
    "metadata": f"{CRUD} list",
    "repository": "read update delete list pull push",
    "artifact": "read create list delete",
    "scan": "create read stop",
    "sbom": "create stop read",
    "tag": "create list delete",
    "accessory": "list",
    "artifact-addition": "read",
    "artifact-label": "create delete",
    "scanner": "create read",
    "preheat-policy": f"{CRUD} list",
    "immutable-tag": "create delete list update",
    "notification-policy": f"{CRUD} list",
    "tag-retention": f"{CRUD} list",
    "label": f"{CRUD} list",
    "quota": "read",
    "robot": "create read list delete",
    "export-cve": "create read",
    "member": f"{CRUD} list",
}

# What lies inside a repository, so that a robot's repository patterns narrow it.
INSIDE_REPOSITORIES = frozenset(
    {"repository", "artifact", "artifact-addition", "artifact-label", "tag", "accessory", "scan", "sbom"}
)

# Actions that carry another one with them: who may push to a repository may pull from it.
IMPLIED: dict[str, str] = {"push": "pull"}

# The actions on a repository that the registry protocol and its tokens know.
REGISTRY_ACTIONS = ("pull", "push", "delete")


def _pairs(table: Iterable[tuple[str, str]]) -> frozenset[Permission]:
    return frozenset((resource, action) for resource, actions in table for action in actions.split() if action != "-")


def _column(index: int) -> frozenset[Permission]:
    return _pairs((resource, cells[index]) for resource, cells in MATRIX.items())


GRANTS: dict[int, frozenset[Permission]] = {
    Role.PROJECT_ADMIN: _column(0),
    Role.MAINTAINER: _column(1),
    Role.DEVELOPER: _column(2),
    Role.GUEST: _column(3),
    Role.LIMITED_GUEST: _column(4),
}
PUBLIC_GRANTS = _column(5)
# All that there is in a project: what a system administrator may.
PROJECT_GRANTS = frozenset().union(PUBLIC_GRANTS, *GRANTS.values())
SYSTEM_GRANTS = _pairs(SYSTEM.items())
ROBOT_SYSTEM_GRANTS = _pairs(ROBOT_SYSTEM.items())
ROBOT_PROJECT_GRANTS = _pairs(ROBOT_PROJECT.items())


def role_allows(role: int, resource: str, action: str) -> bool:
    return (resource, action) in GRANTS.get(role, frozenset())


def roles_allow(roles: Collection[int], resource: str, action: str) -> bool:
    """A member may hold several roles, directly and through groups: any of them is enough."""
    return any(role_allows(role, resource, action) for role in roles)


def roles_allowing(resource: str, action: str) -> frozenset[int]:
    return frozenset(role for role in GRANTS if role_allows(role, resource, action))


def public_allows(resource: str, action: str) -> bool:
    """What a public project lets everybody do, signed in or not, member or not, robots included."""
    return (resource, action) in PUBLIC_GRANTS


def registry_actions(roles: Collection[int], *, public: bool) -> frozenset[str]:
    """Which of pull, push and delete these roles give on a repository of a project that is public or not."""
    return frozenset(
        action
        for action in REGISTRY_ACTIONS
        if roles_allow(roles, "repository", action) or (public and public_allows("repository", action))
    )


def robot_resource(resource: str) -> str:
    """A robot's permissions call the project itself ``project`` where the roles call it ``self``."""
    return "project" if resource == "self" else resource


def role_resource(resource: str) -> str:
    """The other way round."""
    return "self" if resource == "project" else resource


def actions_implying(action: str) -> frozenset[str]:
    """The actions of which each includes this one, itself among them."""
    return frozenset({action, *(wider for wider, implied in IMPLIED.items() if implied == action)})


def robot_may_be_given(kind: str, resource: str, action: str) -> bool:
    """``kind`` is system or project."""
    table = ROBOT_SYSTEM_GRANTS if kind == "system" else ROBOT_PROJECT_GRANTS
    return (resource, action) in table


def roles_may_delegate(roles: Collection[int], resource: str, action: str) -> bool:
    """Whether a member with these roles may give a robot of the project this permission."""
    return roles_allow(roles, role_resource(resource), action)
