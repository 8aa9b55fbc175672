"""Harbor's matrix of roles, cell by cell."""

from __future__ import annotations

import pytest

from accounts import permissions
from accounts.actors import ANONYMOUS, Actor, actor_of
from accounts.errors import Forbidden
from accounts.models import Project
from accounts.permissions import Role
from accounts.selectors.rights import may, require, roles_in
from accounts.services.members import add_member
from tests.accounts.conftest import People, user_named, user_of

# Resource, action, and who has it: A project admin, M maintainer, D developer, G guest, L limited guest, P everybody in
# a public project. Written the other way round than the product's table, so that a slip in one shows in the other.
MATRIX = [
    ("self", "read", "AMDGLP"),
    ("self", "update", "A"),
    ("self", "delete", "A"),
    ("member", "create", "A"),
    ("member", "read", "AMDG"),
    ("member", "update", "A"),
    ("member", "delete", "A"),
    ("member", "list", "AMDG"),
    ("metadata", "create", "A"),
    ("metadata", "read", "AM"),
    ("metadata", "update", "A"),
    ("metadata", "delete", "A"),
    ("metadata", "list", "AM"),
    ("log", "list", "A"),
    ("label", "create", "AM"),
    ("label", "read", "AMDGP"),
    ("label", "update", "AM"),
    ("label", "delete", "AM"),
    ("label", "list", "AMDGP"),
    ("quota", "read", "AMDGL"),
    ("repository", "create", "AMD"),
    ("repository", "read", "AMDGL"),
    ("repository", "update", "AMD"),
    ("repository", "delete", "AM"),
    ("repository", "list", "AMDGLP"),
    ("repository", "pull", "AMDGLP"),
    ("repository", "push", "AMD"),
    ("tag-retention", "create", "AMD"),
    ("tag-retention", "read", "AMD"),
    ("tag-retention", "update", "AMD"),
    ("tag-retention", "delete", "AMD"),
    ("tag-retention", "list", "AMD"),
    ("tag-retention", "operate", "AMD"),
    ("immutable-tag", "create", "AM"),
    ("immutable-tag", "update", "AM"),
    ("immutable-tag", "delete", "AM"),
    ("immutable-tag", "list", "AM"),
    ("configuration", "read", "AMDGL"),
    ("configuration", "update", "A"),
    ("robot", "create", "A"),
    ("robot", "read", "AMDG"),
    ("robot", "update", "A"),
    ("robot", "delete", "A"),
    ("robot", "list", "AMDG"),
    ("notification-policy", "create", "A"),
    ("notification-policy", "read", "AM"),
    ("notification-policy", "update", "A"),
    ("notification-policy", "delete", "A"),
    ("notification-policy", "list", "AM"),
    ("scan", "create", "AM"),
    ("scan", "read", "AMDGLP"),
    ("scan", "stop", "AM"),
    ("sbom", "create", "AM"),
    ("sbom", "read", "AMDGL"),
    ("sbom", "stop", "AM"),
    ("scanner", "create", "A"),
    ("scanner", "read", "AMDGLP"),
    ("artifact", "create", "AMD"),
    ("artifact", "read", "AMDGLP"),
    ("artifact", "delete", "AM"),
    ("artifact", "list", "AMDGLP"),
    ("artifact-addition", "read", "AMDGLP"),
    ("tag", "create", "AMD"),
    ("tag", "delete", "AM"),
    ("tag", "list", "AMDGLP"),
    ("accessory", "list", "AMDGLP"),
    ("artifact-label", "create", "AMD"),
    ("artifact-label", "delete", "AMD"),
    ("preheat-policy", "create", "A"),
    ("preheat-policy", "read", "A"),
    ("preheat-policy", "update", "A"),
    ("preheat-policy", "delete", "A"),
    ("preheat-policy", "list", "A"),
    ("export-cve", "create", "AMD"),
    ("export-cve", "read", "AMD"),
    ("export-cve", "list", "AMD"),
]
COLUMNS = {
    "A": Role.PROJECT_ADMIN,
    "M": Role.MAINTAINER,
    "D": Role.DEVELOPER,
    "G": Role.GUEST,
    "L": Role.LIMITED_GUEST,
}
# Harbor's, and metadata:list beyond them: 75 + 1, 53 + 1.
COUNTS = {"A": 76, "M": 54, "D": 36, "G": 20, "L": 14, "P": 12}


def granted(letter: str) -> frozenset[tuple[str, str]]:
    return permissions.PUBLIC_GRANTS if letter == "P" else permissions.GRANTS[COLUMNS[letter]]


@pytest.mark.parametrize("letter", COUNTS)
def test_each_column_is_harbors(letter: str) -> None:
    assert granted(letter) == {(resource, action) for resource, action, who in MATRIX if letter in who}


@pytest.mark.parametrize(("letter", "count"), COUNTS.items())
def test_each_column_has_so_many_grants(letter: str, count: int) -> None:
    assert len(granted(letter)) == count


@pytest.mark.parametrize(("letter", "role"), COLUMNS.items())
def test_a_member_may_do_what_the_role_says_and_nothing_else(people: People, letter: str, role: Role) -> None:
    carol = user_named("carol")
    add_member(actor=people.alice, project=people.project, role=role, user=carol)
    actor = actor_of(user_of(actor_of(carol)))
    assert roles_in(actor, people.project) == {role}
    for resource, action, who in MATRIX:
        assert may(actor, resource, action, project=people.project) == (letter in who), (resource, action)


@pytest.mark.parametrize("letter", ["nobody", "stranger", "guest of another project"])
def test_a_private_project_gives_strangers_nothing(people: People, letter: str) -> None:
    actor = ANONYMOUS if letter == "nobody" else people.mallory
    if letter == "guest of another project":
        other = Project.objects.create(name="other")
        add_member(actor=people.root, project=other, role=Role.PROJECT_ADMIN, user=user_of(people.mallory))
    assert not [row for row in MATRIX if may(actor, row[0], row[1], project=people.project)]


@pytest.mark.parametrize("actor_name", ["anonymous", "mallory"])
def test_a_public_project_gives_everybody_the_public_column(people: People, actor_name: str) -> None:
    actor: Actor = ANONYMOUS if actor_name == "anonymous" else people.mallory
    library = Project.objects.get(name="library")
    for resource, action, who in MATRIX:
        assert may(actor, resource, action, project=library) == ("P" in who), (resource, action)


def test_a_system_administrator_may_do_everything_everywhere(people: People) -> None:
    assert all(may(people.root, resource, action, project=people.project) for resource, action, _who in MATRIX)
    assert all(may(people.root, resource, action) for resource, action in permissions.SYSTEM_GRANTS)


def test_a_role_in_a_project_gives_nothing_on_the_system(people: People) -> None:
    assert not [pair for pair in permissions.SYSTEM_GRANTS if may(people.alice, *pair)]


def test_unknown_roles_resources_and_actions_are_refused(people: People) -> None:
    assert not permissions.role_allows(99, "repository", "pull")
    assert not may(people.alice, "repository", "explode", project=people.project)
    assert not may(people.alice, "spoon", "read", project=people.project)
    assert not may(people.alice, "repository", "pull", project=10**9)


def test_a_refusal_reads_the_same_whether_or_not_the_project_exists(people: People) -> None:
    with pytest.raises(Forbidden) as there:
        require(people.mallory, "self", "read", project=people.project)
    with pytest.raises(Forbidden) as nowhere:
        require(people.mallory, "self", "read", project=10**9)
    assert there.value.message == nowhere.value.message


def test_the_system_has_the_53_permissions_that_harbor_knows() -> None:
    assert len(permissions.SYSTEM_GRANTS) == 53


@pytest.mark.parametrize(
    "roles, public, actions",
    [
        ((), False, ""),
        ((), True, "pull"),
        ((Role.LIMITED_GUEST,), False, "pull"),
        ((Role.GUEST,), False, "pull"),
        ((Role.DEVELOPER,), False, "pull push"),
        ((Role.MAINTAINER,), False, "pull push delete"),
        ((Role.PROJECT_ADMIN,), False, "pull push delete"),
        ((Role.GUEST, Role.DEVELOPER), False, "pull push"),
        ((Role.DEVELOPER,), True, "pull push"),
    ],
)
def test_registry_actions_are_the_union_of_all_roles(roles: tuple[int, ...], public: bool, actions: str) -> None:
    assert permissions.registry_actions(roles, public=public) == set(actions.split())
