"""What the command palette finds: pages of the menu, projects, repositories, artifacts by digest or tag, users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Project, User
from portal.console.navigation import entries_for
from registry_api.models import Manifest, Tag
from registry_api.selectors.listing import listed_repositories

MOST = 8  # of each kind; whoever wants more goes to the list
DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{6,64})", re.IGNORECASE)
LONGEST = 255  # characters


class Found(NamedTuple):
    """``about`` says what it is, and where; ``icon`` is a name of Material Symbols."""

    title: str
    about: str
    address: str
    icon: str


def found_for(actor: Actor, wanted: str) -> list[Found]:
    """Only what the actor may see. ``wanted`` is a part of a name, a digest or its beginning, or ``repository:tag``."""
    if len(wanted) > LONGEST or not wanted.isprintable():
        return []
    return [
        *_pages(actor, wanted),
        *_projects(actor, wanted),
        *_repositories(actor, wanted),
        *_digests(actor, wanted),
        *_tags(actor, wanted),
        *_users(actor, wanted),
    ]


def _pages(actor: Actor, wanted: str) -> Iterator[Found]:
    for group, entry in entries_for(actor):
        if wanted.lower() in entry.title.lower():
            yield Found(entry.title, group or _("Page"), entry.address, entry.icon)


def _projects(actor: Actor, wanted: str) -> Iterator[Found]:
    rows = Project.objects.visible_to(actor).filter(name__icontains=wanted).order_by("name")
    for row in rows[:MOST]:
        yield Found(row.name, _("Project"), reverse("admin:accounts_project_change", args=[row.pk]), "folder_open")


def _repositories(actor: Actor, wanted: str) -> Iterator[Found]:
    rows = listed_repositories(actor).filter(name__icontains=wanted).order_by("name")
    for row in rows[:MOST]:
        address = reverse("admin:registry_api_repository_change", args=[row.pk])
        yield Found(row.name, _("Repository"), address, "deployed_code")


def _digests(actor: Actor, wanted: str) -> Iterator[Found]:
    found = DIGEST.fullmatch(wanted)
    if found is None:
        return
    rows = Manifest.objects.filter(digest__startswith=f"sha256:{found[1].lower()}").defer("content")
    for row in rows.filter(repository__in=listed_repositories(actor)).select_related("repository")[:MOST]:
        yield _artifact(row, row.digest[:19])


def _tags(actor: Actor, wanted: str) -> Iterator[Found]:
    repository, colon, tag = wanted.rpartition(":")
    if not (colon and repository and tag):
        return
    seen = listed_repositories(actor).filter(name__icontains=repository)
    rows = Tag.objects.filter(repository__in=seen, name=tag).select_related("repository", "manifest")
    for row in rows.defer("manifest__content")[:MOST]:
        row.manifest.repository = row.repository
        yield _artifact(row.manifest, row.name)


def _users(actor: Actor, wanted: str) -> Iterator[Found]:
    if not actor.is_sysadmin:
        return
    for row in User.objects.visible_to(actor).filter(username__icontains=wanted).order_by("username")[:MOST]:
        yield Found(row.username, _("User"), reverse("admin:accounts_user_change", args=[row.pk]), "person")


def _artifact(row: Manifest, name: str) -> Found:
    address = reverse("admin:registry_api_manifest_change", args=[row.pk])
    return Found(f"{row.repository.name}: {name}", _("Artifact"), address, "layers")
