"""Of two who fill in the same form at once the second is told, and nothing that the first did is undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import TestCase
from django.urls import reverse
from pytest_django import DjangoDbBlocker, Settings

from accounts.actors import SYSTEM
from accounts.configuration.present import configured
from accounts.console.service_room import ServiceRoom
from accounts.models import ConfigurationValue, Member, Project, Robot, User, UserGroup
from accounts.services.configuration import update_configuration
from accounts.services.groups import set_group_users
from accounts.services.robots import update_robot
from accounts.services.users import create_user, update_user
from jobs.framework.schedules import set_schedule
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import ReplicationPolicy, RetentionPolicy, WebhookPolicy
from jobs.purge.kind import PURGE
from jobs.retention.kind import KIND as RETENTION
from jobs.scrub.kind import SCRUB
from jobs.upkeep.chores import Chore, schedule_chore
from jobs.webhooks.services import update_webhook
from jobs.webhooks.targets import Target
from registry_api.models import ImmutableRule, Label, Registry, Repository
from registry_api.services.labels import create_label
from tests.console.conftest import Scene, Visitor
from tests.console.rooms import ELSEWHERE, MAKERS, TOLD, as_sent, form_address, opened
from tests.support.at_once import at_once
from tests.support.people import People, unique

CONFIGURATION = "admin:accounts_configurationvalue_changelist"


def put(**values: Any) -> Callable[[Any], None]:
    """Somebody sets these fields of the row."""

    def deed(row: Any) -> None:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    return deed


def join_group(group: UserGroup) -> None:
    newcomer = create_user(actor=SYSTEM, username=unique("user"), password=None)
    set_group_users(actor=SYSTEM, group=group, users=[newcomer])


def take_permission(robot: Robot) -> None:
    robot.permissions.filter(resource="tag", action="delete").delete()


def sign_otherwise(policy: WebhookPolicy) -> None:
    target = Target(kind="http", address=f"{ELSEWHERE}/hook", auth_header="Bearer another", payload_format="Default")
    update_webhook(actor=SYSTEM, policy=policy, targets=[target])


def run_each_hour(policy: RetentionPolicy) -> None:
    set_schedule(RETENTION, subject_id=policy.pk, cron="0 0 * * * *")


# What somebody does while the form is filled in, and what is typed into it.
MEANWHILE: list[tuple[type[Model], Callable[[Any], None], dict[str, Any]]] = [
    (User, put(realname="Anne"), {"comment": "away"}),
    (UserGroup, put(name="the-others"), {"name": "ours"}),
    (UserGroup, join_group, {"name": "ours"}),
    (Member, put(role=2), {"role": "3"}),
    (Robot, lambda robot: update_robot(actor=SYSTEM, robot=robot, disabled=True), {"description": "prints"}),
    (Robot, take_permission, {"description": "prints"}),
    (Robot, put(repository_patterns=["a/*"]), {"description": "prints"}),
    (Project, put(visibility="public"), {"storage_limit_amount": "5", "storage_limit_unit": "GiB"}),
    (Project, put(storage_limit=1 << 30), {"visibility": "public"}),
    (Repository, put(description="theirs"), {"description": "ours"}),
    (Label, put(description="checked"), {"name": "afloat"}),
    (ImmutableRule, put(disabled=True), {"tag_pattern": "w*"}),
    (Registry, put(description="theirs"), {"name": "ours"}),
    (Registry, put(access_secret="another"), {"name": "ours"}),
    (ReplicationPolicy, put(speed=7), {"description": "nightly"}),
    (ReplicationPolicy, put(trigger="scheduled", cron="0 30 2 * * *"), {"description": "nightly"}),
    (ReplicationPolicy, put(filters=[{"type": "tag", "value": "v*"}]), {"name_filter": "ours/**"}),
    (RetentionPolicy, put(rules=[]), {"rules-0-tags": "v*"}),
    (RetentionPolicy, run_each_hour, {"rules-0-tags": "v*"}),
    (WebhookPolicy, put(secret="another"), {"name": "gong"}),
    (WebhookPolicy, sign_otherwise, {"name": "gong"}),
]


def require_kept(form: Any, typed: dict[str, Any]) -> None:
    shown = as_sent(form)
    assert {name: shown.get(name) for name in typed} == typed


def test_every_room_with_a_form_for_changes_is_here() -> None:
    rooms = {model for model, room in admin.site._registry.items() if isinstance(room, ServiceRoom)}
    with_forms = {model for model in rooms if admin.site._registry[model].change_fields}  # type: ignore[attr-defined]
    assert with_forms == {model for model, _deed, _typed in MEANWHILE} == set(MAKERS)


@pytest.mark.parametrize(("model", "deed", "typed"), MEANWHILE, ids=lambda case: getattr(case, "__name__", ""))
def test_the_second_is_told_and_may_save_what_they_then_see(
    scene: Scene, captain: Visitor, model: Any, deed: Callable[[Any], None], typed: dict[str, Any]
) -> None:
    row = MAKERS[model](scene)
    address = form_address(row)
    sent = {**opened(captain, address), **typed}
    deed(row)
    before = model._default_manager.filter(pk=row.pk).values().get()

    answer = captain.post(address, sent)
    assert answer.status_code == 200 and TOLD in answer.content.decode()
    require_kept(answer.context["adminform"].form, typed)
    assert model._default_manager.filter(pk=row.pk).values().get() == before
    again = {**sent, "_seen": answer.context["seen"]}
    assert captain.post(address, again).status_code == 302


@pytest.mark.parametrize("model", (User, Label, Registry), ids=lambda model: model.__name__)
def test_what_goes_away_while_it_is_saved_is_told(
    scene: Scene, captain: Visitor, monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    """Users keep their row when they go, and registries are not held."""
    row, room = MAKERS[model](scene), admin.site._registry[model]
    sent = opened(captain, form_address(row))
    hold = room.hold  # type: ignore[attr-defined]

    def late(pk: int) -> None:
        room.remove(SYSTEM, row)  # type: ignore[attr-defined]
        hold(pk)

    monkeypatch.setattr(room, "hold", late)
    answer = captain.post(form_address(row), sent, follow=True)
    assert answer.status_code == 200 and " exist" in answer.content.decode()


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_what_nobody_changed_is_saved(scene: Scene, captain: Visitor, model: Any) -> None:
    address = form_address(MAKERS[model](scene))
    assert captain.post(address, opened(captain, address)).status_code == 302


def test_a_mistake_does_not_hide_what_happened_before_it(scene: Scene, captain: Visitor) -> None:
    label = MAKERS[Label](scene)
    sent = opened(captain, form_address(label))
    put(description="checked in dock")(label)
    answer = captain.post(form_address(label), {**sent, "name": ""})
    corrected = {**sent, "name": "afloat", "_seen": answer.context["seen"]}
    assert TOLD in captain.post(form_address(label), corrected).content.decode()


def test_what_was_seen_tells_nothing_of_secrets(scene: Scene, captain: Visitor, settings: Any) -> None:
    """Whoever knows all the rest could find it by trying, if only it had no key."""
    webhook = MAKERS[WebhookPolicy](scene)
    before = opened(captain, form_address(webhook))["_seen"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert opened(captain, form_address(webhook))["_seen"] != before


def test_ones_own_profile(scene: Scene) -> None:
    guest, address = scene.visitor("guest"), reverse("admin:profile")
    assert guest.person is not None
    sent = {**opened(guest, address, "form"), "realname": "Anne"}
    update_user(actor=SYSTEM, user=guest.person.user, comment="away")
    answer = guest.post(address, sent)
    assert TOLD in answer.content.decode()
    require_kept(answer.context["form"], {"realname": "Anne"})
    assert guest.person.user.comment == "away"
    assert guest.post(address, {**sent, "comment": "back", "_seen": answer.context["seen"]}).status_code == 302
    assert (guest.person.user.realname, guest.person.user.comment) == ("Anne", "back")


def test_the_configuration(captain: Visitor) -> None:
    address = reverse(CONFIGURATION)
    sent = {**opened(captain, address, "form"), "session_timeout": "90"}
    with TestCase.captureOnCommitCallbacks(execute=True):
        update_configuration(actor=SYSTEM, values={"robot_token_duration": 5})
    answer = captain.post(address, sent)
    assert TOLD in answer.content.decode()
    require_kept(answer.context["form"], {"session_timeout": "90"})
    assert (configured("session_timeout"), configured("robot_token_duration")) == (60, 5)
    sent = {**sent, "robot_token_duration": "5", "_seen": answer.context["seen"]}
    assert captain.post(address, sent).status_code == 302
    assert (configured("session_timeout"), configured("robot_token_duration")) == (90, 5)


def test_the_configuration_is_shown_as_it_is_at_other_hosts(captain: Visitor, settings: Settings) -> None:
    """Of what they set, this one hears a moment later; an older form with a newer mark would undo it unnoticed."""
    settings.FAST_PATH_MAX_AGE = 3600
    assert configured("session_timeout") == 60
    ConfigurationValue.objects.create(name="session_timeout", value="90")
    sent = opened(captain, reverse(CONFIGURATION), "form")
    assert sent["session_timeout"] == 90


@pytest.mark.parametrize(("model", "deed", "typed"), MEANWHILE, ids=lambda case: getattr(case, "__name__", ""))
def test_what_changes_while_the_page_is_made_is_noticed(
    *,
    scene: Scene,
    captain: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    model: Any,
    deed: Callable[[Any], None],
    typed: dict[str, Any],
) -> None:
    """After the form has taken its values."""
    row = MAKERS[model](scene)
    render = ServiceRoom.render_change_form

    def late(self: Any, request: Any, context: Any, *args: Any, **options: Any) -> Any:
        if request.method == "GET":
            deed(model._default_manager.get(pk=row.pk))
        return render(self, request, context, *args, **options)

    monkeypatch.setattr(ServiceRoom, "render_change_form", late)
    answer = captain.post(form_address(row), {**opened(captain, form_address(row)), **typed})
    assert answer.status_code == 200 and TOLD in answer.content.decode()


CHORES = {"garbagecollection": GARBAGE_COLLECTION, "scrub": SCRUB, "auditpurge": PURGE}


@pytest.mark.parametrize("name", CHORES)
def test_the_settings_of_a_chore(captain: Visitor, name: str) -> None:
    chore: Chore = CHORES[name]
    page, act = reverse(f"admin:jobs_{name}_changelist"), reverse(f"admin:jobs_{name}_act")
    typed = {"when": "Custom", "cron": "0 30 2 * * *"}
    sent = {**opened(captain, page, "chore_form"), **typed, "action": "save"}
    parameters = chore.read({"audit_retention_hour": 48, "include_event_types": ""})
    schedule_chore(actor=SYSTEM, chore=chore, cron_type="Daily", cron="0 0 0 * * *", parameters=parameters)
    answer = captain.post(act, sent)
    assert TOLD in answer.content.decode()
    require_kept(answer.context["chore_form"], typed)
    assert chore.schedule is not None and chore.schedule.cron == "0 0 0 * * *"
    assert captain.post(act, {**sent, "_seen": answer.context["seen"]}).status_code == 302
    assert chore.schedule.cron == "0 30 2 * * *"


@pytest.mark.usefixtures("committed")
def test_of_many_who_send_what_they_all_saw_one_is_taken(django_db_blocker: DjangoDbBlocker) -> None:
    people = People(django_db_blocker)
    label = create_label(actor=SYSTEM, project=people.new_project(), name="seaworthy")
    address, captains = form_address(label), [Visitor(people.new_user(sysadmin=True)) for _ in range(4)]
    sent = opened(captains[0], address)
    changes = [partial(each.post, address, {**sent, "name": unique("label")}) for each in captains]
    assert sorted(answer.status_code for answer in at_once(*changes)) == [200, 200, 200, 302]
