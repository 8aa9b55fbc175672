"""What the console's templates say in one word."""

from __future__ import annotations

from typing import Any, cast

from django import template
from django.template import Context
from django.template.defaultfilters import filesizeformat

from accounts.console.here import here_of
from accounts.console.times import moment_shown
from audit.words import name_in_words
from jobs.words import kind_in_words
from portal.console.commands import Command, login_commands_for, pull_commands_for, pull_secret_for, push_commands_for
from portal.console.crumbs import Crumb, crumbs_of
from portal.console.words import part_in_words
from registry_api.console.shown import label_shown
from registry_api.console.words import addition_heading, artifact_kind
from registry_api.models import Label

register = template.Library()


register.simple_tag(moment_shown, name="moment")
register.filter("part", part_in_words)
register.filter("job_kind", kind_in_words)
register.filter("operation", name_in_words)
register.filter("artifact_kind", artifact_kind)
register.filter("addition", addition_heading)


@register.inclusion_tag("console/columns.html")
def columns(*titles: str, deeds: bool = False) -> dict[str, Any]:
    """The head of a table; with ``deeds`` there is a column more, whose title only those hear who do not see it."""
    return {"titles": titles, "deeds": deeds}


@register.inclusion_tag("console/commands.html", takes_context=True)
def push_commands(context: Context, project: str) -> dict[str, list[Command]]:
    return {"commands": push_commands_for(context["request"].get_host(), project)}


@register.inclusion_tag("console/crumbs.html", takes_context=True)
def crumbs(context: Context) -> dict[str, Any]:
    found: list[Crumb] = crumbs_of(here_of(context["request"]), cast("dict[str, Any]", context.flatten()))
    return {"crumbs": found}


@register.inclusion_tag("console/commands.html", takes_context=True)
def pull_commands(context: Context, repository: str, tag: str, digest: str, kind: str) -> dict[str, list[Command]]:
    return {"commands": pull_commands_for(context["request"].get_host(), repository, tag, digest, kind)}


@register.inclusion_tag("console/commands.html", takes_context=True)
def login_commands(context: Context, name: str, secret: str) -> dict[str, list[Command]]:
    return {"commands": login_commands_for(context["request"].get_host(), name, secret)}


@register.inclusion_tag("console/pull_secret.html", takes_context=True)
def pull_secret(context: Context, name: str, secret: str) -> dict[str, str]:
    called, manifest = pull_secret_for(context["request"].get_host(), name, secret)
    return {"name": called, "manifest": manifest}


@register.inclusion_tag("console/copy.html")
def copy(text: str) -> dict[str, str]:
    return {"text": text}


@register.simple_tag
def label(row: Label) -> str:
    return label_shown(row)


@register.inclusion_tag("console/bar.html")
def share(size: int, percent: int) -> dict[str, object]:
    """A size, and a bar of its share of the largest."""
    return {"words": filesizeformat(size), "percent": percent, "kind": ""}


@register.filter
def is_lines(value: object) -> bool:
    return isinstance(value, list)
