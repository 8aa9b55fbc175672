"""A row for each room that has a form for changes, and what a browser sends of a form that nobody has touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Model
from django.forms import BaseForm
from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.models import Member, Project, Robot, User, UserGroup
from accounts.services.groups import create_group
from jobs.models import ReplicationPolicy, RetentionPolicy, WebhookPolicy
from jobs.retention.engine.documents import rule_documents
from jobs.retention.engine.policy import Policy
from jobs.webhooks.services import create_webhook
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Label, Registry, Repository
from registry_api.services.labels import create_label
from tests.console.conftest import Scene, Visitor
from tests.retention.rows import rule
from tests.support.people import unique

# By a form that somebody else has overtaken.
TOLD = "omebody else has changed this meanwhile"
ELSEWHERE = "https://registry.example.com"


def make_webhook(scene: Scene) -> WebhookPolicy:
    target = Target(kind="http", address=f"{ELSEWHERE}/hook", auth_header="Bearer one", payload_format="Default")
    return create_webhook(
        actor=SYSTEM, project=scene.project, name="bell", event_types=["PUSH_ARTIFACT"], targets=[target], secret="one"
    )


def make_registry(_scene: Scene) -> Registry:
    return Registry.objects.create(
        name=unique("registry"), type="docker-registry", url=ELSEWHERE, access_key="robot", access_secret="one"
    )


def make_replication(scene: Scene) -> ReplicationPolicy:
    filters = [{"type": "name", "value": "team/**"}]
    return ReplicationPolicy.objects.create(
        name=unique("policy"), src_registry=make_registry(scene), filters=filters, creator="captain"
    )


def make_retention(scene: Scene) -> RetentionPolicy:
    rules = rule_documents(Policy((rule(),)))
    return RetentionPolicy.objects.create(project=scene.project, algorithm="or", rules=rules)


MAKERS: dict[type[Model], Callable[[Scene], Model]] = {
    User: lambda scene: scene.people.new_user().user,
    UserGroup: lambda _scene: create_group(actor=SYSTEM, name=unique("group")),
    Member: lambda scene: Member.objects.get(project=scene.project),
    Robot: lambda scene: scene.people.new_robot(scene.project).robot,
    Project: lambda scene: scene.project,
    Repository: lambda scene: Repository.objects.get(project=scene.project),
    Label: lambda scene: create_label(actor=SYSTEM, project=scene.project, name="seaworthy"),
    ImmutableRule: lambda scene: ImmutableRule.objects.create(project=scene.project, tag_pattern="v*"),
    Registry: make_registry,
    ReplicationPolicy: make_replication,
    RetentionPolicy: make_retention,
    WebhookPolicy: make_webhook,
}
# Where it is not Django's.
PAGES = {Project: "accounts_project_configuration", Repository: "registry_api_repository_description"}


def form_address(row: Model) -> str:
    page = PAGES.get(type(row), f"{row._meta.app_label}_{row._meta.model_name}_change")
    return reverse(f"admin:{page}", args=[row.pk])


def opened(visitor: Visitor, address: str, name: str = "") -> dict[str, Any]:
    """What the browser would send of the form on the page, which the page's context calls so."""
    context = visitor.get(address).context
    form = context[name] if name else context["adminform"].form
    return {**as_sent(form), "_seen": context["seen"]}


def as_sent(form: BaseForm) -> dict[str, Any]:
    """A form of a page as the browser would send it."""
    return dict(pair for each in _forms(form) for field in each for pair in _sent(field))


def _forms(form: Any) -> list[BaseForm]:
    """With those that are shown within it."""
    rules = getattr(form, "rules", None)
    return [form, rules.management_form, *rules.forms] if rules else [form]


def _sent(field: Any) -> Iterator[tuple[str, Any]]:
    value = field.value()
    if hasattr(field.field.widget, "decompress"):
        parts = zip(field.field.widget.widgets_names, _parts(field, value), strict=True)
        yield from ((field.html_name + name, part or "") for name, part in parts)
    elif value is not None and value is not False:
        yield field.html_name, "on" if value is True else value


def _parts(field: Any, value: Any) -> list[Any]:
    parts: list[Any] = value if isinstance(value, list) else field.field.widget.decompress(value)
    return parts
