"""People, projects and what they have made out among each other, for the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from accounts.actors import SYSTEM, Actor, actor_of
from accounts.models import Project, User, Visibility
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.groups import create_group, set_group_users
from accounts.services.members import add_member
from accounts.services.projects import create_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user
from registry_api.models import ImmutableRule, Label
from registry_api.services.immutable_rules import save_immutable_rule
from registry_api.services.labels import create_label

GIB = 1 << 30
# Each has another role in the projects that are not everybody's.
PEOPLE = {
    "alice": ("Alice Moreau", Role.PROJECT_ADMIN),
    "bob": ("Bob Tanaka", Role.MAINTAINER),
    "carol": ("Carol Okafor", Role.DEVELOPER),
    "dave": ("Dave Lindqvist", Role.GUEST),
    "erin": ("Erin Zhang", Role.LIMITED_GUEST),
}
GROUPS = {"demo-operators": ("bob", "carol"), "demo-auditors": ("dave", "erin")}


class Kind(NamedTuple):
    """``storage_limit`` in bytes, -1 for none."""

    visibility: Visibility
    storage_limit: int


PROJECTS = {
    "base-images": Kind(Visibility.PUBLIC, -1),
    "helm-charts": Kind(Visibility.PUBLIC, 2 * GIB),
    "web-shop": Kind(Visibility.PRIVATE, 20 * GIB),
    "data-science": Kind(Visibility.PRIVATE, 5 * GIB),
    "monitoring": Kind(Visibility.PRIVATE, -1),
}
FULL = "web-shop"  # where robots, labels and rules are


@dataclass(frozen=True)
class Accounts:
    people: Mapping[str, User]
    projects: Mapping[str, Project]
    labels: Mapping[str, Label]

    def actor(self, name: str) -> Actor:
        return actor_of(User.objects.get(pk=self.people[name].pk))


def make_accounts(password: str) -> Accounts:
    people = {
        name: create_user(
            actor=SYSTEM, username=name, password=password, email=f"{name}@demo.example", realname=realname
        )
        for name, (realname, _role) in PEOPLE.items()
    }
    projects = {
        name: create_project(actor=SYSTEM, name=name, visibility=kind.visibility, storage_limit=kind.storage_limit)
        for name, kind in PROJECTS.items()
    }
    for project in projects.values():
        for name, (_realname, role) in PEOPLE.items():
            add_member(actor=SYSTEM, project=project, user=people[name], role=role)
    for name, inside in GROUPS.items():
        group = create_group(actor=SYSTEM, name=name)
        set_group_users(actor=SYSTEM, group=group, users=[people[each] for each in inside])
        add_member(actor=SYSTEM, project=projects["monitoring"], group=group, role=Role.DEVELOPER)
    _make_robots(projects[FULL])
    _make_rules(projects[FULL])
    return Accounts(people, projects, _make_labels(projects[FULL]))


def _make_robots(project: Project) -> None:
    """Their secrets are shown to nobody: whoever wants to use one gives it another."""
    pull, push = ("repository", "pull"), ("repository", "push")
    inside = [Access("project", project.name, *each) for each in (pull, push)]
    everywhere = [Access("project", "*", *pull)]
    create_robot(
        actor=SYSTEM, name="demo-mirror", permissions=everywhere, duration=-1, description="Copies to the other site"
    )
    create_robot(
        actor=SYSTEM, name="pipeline", project=project, permissions=inside, duration=90, description="Builds and pushes"
    )
    create_robot(
        actor=SYSTEM,
        name="old-pipeline",
        project=project,
        permissions=inside,
        repository_patterns=[f"{project.name}/cart"],
        description="Replaced by pipeline",
        disabled=True,
    )


def _make_rules(project: Project) -> None:
    save_immutable_rule(
        actor=SYSTEM, rule=ImmutableRule(project=project, repository_pattern="payments", tag_pattern="v*")
    )
    staging = ImmutableRule(project=project, repository_pattern="cart", tag_pattern="staging", disabled=True)
    save_immutable_rule(actor=SYSTEM, rule=staging)


def _make_labels(project: Project) -> dict[str, Label]:
    made = (
        create_label(actor=SYSTEM, name="demo-supported", color="#2e7d32", description="Somebody answers for it"),
        create_label(actor=SYSTEM, name="demo-outdated", color="#c62828", description="Use something newer"),
        create_label(
            actor=SYSTEM,
            name="reviewed",
            color="#1565c0",
            project=project,
            description="Two pairs of eyes have seen it",
        ),
        create_label(
            actor=SYSTEM,
            name="candidate",
            color="#ef6c00",
            project=project,
            description="To be released if all is well",
        ),
    )
    return {label.name: label for label in made}
