"""The room of schedules: single ones rest and go on."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.errors import NotFound
from jobs.framework.kinds import kind_named
from jobs.framework.schedules import SCHEDULER, set_schedule
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import ReplicationPolicy, RetentionPolicy, Schedule
from jobs.services.queues import act_on_queue
from tests.console.conftest import Scene, Visitor, told
from tests.console.rooms import MAKERS, as_sent, form_address

LIST = "admin:jobs_schedule_changelist"
RESTING = "rests"
RESTS = "Its schedule rests: it does not begin by itself."


def test_they_rest_and_go_on(captain: Visitor) -> None:
    schedules = [set_schedule(GARBAGE_COLLECTION.kind, subject_id=subject, cron="0 0 0 * * *") for subject in (1, 2)]
    chosen = [str(each.pk) for each in schedules if each]
    for action, words in (("pause", "2 schedules rest."), ("resume", "2 schedules go on with their next time.")):
        answer = captain.sends(reverse(LIST), action=action, _selected_action=chosen)
        assert words in told(answer)
        assert set(Schedule.objects.values_list("paused", flat=True)) == {action == "pause"}


def test_only_what_was_done_is_said_to_be_done(captain: Visitor) -> None:
    rests, runs = (set_schedule(GARBAGE_COLLECTION.kind, subject_id=subject, cron="0 0 0 * * *") for subject in (1, 2))
    assert rests and runs
    Schedule.objects.filter(pk=rests.pk).update(paused=True)
    chosen = [str(rests.pk), str(runs.pk)]
    assert told(captain.sends(reverse(LIST), action="pause", _selected_action=chosen)) == ["1 schedule rests."]
    assert told(captain.sends(reverse(LIST), action="pause", _selected_action=chosen)) == []


def test_one_that_was_taken_away_is_all_that_is_told(captain: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = set_schedule(GARBAGE_COLLECTION.kind, cron="0 0 0 * * *")
    assert schedule
    monkeypatch.setattr("jobs.admin.schedules.rest_schedule", taken_away)
    answer = captain.sends(reverse(LIST), action="pause", _selected_action=[str(schedule.pk)])
    assert told(answer) == ["It was taken away"]


def taken_away(**options: Any) -> bool:
    raise NotFound("it was taken away")


def test_a_chore_that_rests_is_not_said_to_begin_by_itself(captain: Visitor) -> None:
    set_schedule(GARBAGE_COLLECTION.kind, cron="0 0 0 * * *")
    page = reverse("admin:jobs_garbagecollection_changelist")
    assert "It begins by itself next" in captain.sees(page) and RESTS not in captain.sees(page)
    Schedule.objects.update(paused=True)
    sent = {**as_sent(captain.get(page).context["chore_form"]), "when": "Weekly", "action": "save"}
    answer = captain.sends(reverse("admin:jobs_garbagecollection_act"), **sent)
    assert "The times and settings are kept." in told(answer)
    assert RESTS in captain.sees(page) and "It begins by itself next" not in captain.sees(page)
    assert f'href="{reverse(LIST)}"' in captain.page(page).partition('id="main"')[2]


def test_none_begins_by_itself_while_all_rest(scene: Scene, captain: Visitor) -> None:
    policy = MAKERS[RetentionPolicy](scene)
    set_schedule(GARBAGE_COLLECTION.kind, cron="0 0 0 * * *")
    set_schedule(kind_named("RETENTION"), subject_id=policy.pk, cron="0 0 0 * * *")
    pages = [reverse("admin:jobs_garbagecollection_changelist"), form_address(policy)]
    for action, paused in (("pause", True), ("resume", False)):
        act_on_queue(actor=SYSTEM, kind=SCHEDULER, action=action)
        assert [RESTS in captain.sees(page) for page in pages] == [paused, paused]
        assert ("All schedules rest" in captain.sees(reverse(LIST))) == paused


@pytest.mark.parametrize(("model", "kind"), [(RetentionPolicy, "RETENTION"), (ReplicationPolicy, "REPLICATION")])
def test_so_it_is_with_policies(scene: Scene, captain: Visitor, model: Any, kind: str) -> None:
    row = MAKERS[model](scene)
    set_schedule(kind_named(kind), subject_id=row.pk, cron="0 0 0 * * *")
    set_schedule(kind_named(kind), subject_id=row.pk + 1, cron="0 0 0 * * *")
    pages = [form_address(row), reverse(f"admin:jobs_{model._meta.model_name}_changelist")]
    for paused in (False, True):
        Schedule.objects.filter(subject_id=row.pk).update(paused=paused)
        Schedule.objects.exclude(subject_id=row.pk).update(paused=not paused)
        assert [RESTING in captain.sees(page) for page in pages] == [paused, paused]


def test_who_may_not_let_it_go_on_is_not_led_there(scene: Scene) -> None:
    policy = MAKERS[RetentionPolicy](scene)
    set_schedule(kind_named("RETENTION"), subject_id=policy.pk, cron="0 0 0 * * *")
    Schedule.objects.update(paused=True)
    owner = scene.visitor("project admin")
    assert RESTS in owner.sees(form_address(policy))
    assert reverse(LIST) not in owner.page(form_address(policy))


def test_a_project_is_told_which_replications_rest(scene: Scene) -> None:
    policy = MAKERS[ReplicationPolicy](scene)
    ReplicationPolicy.objects.update(filters=[])
    set_schedule(kind_named("REPLICATION"), subject_id=policy.pk, cron="0 0 0 * * *")
    Schedule.objects.update(paused=True)
    tab = reverse("admin:jobs_replicationpolicy_of_project", args=[scene.project.pk])
    assert RESTING in scene.visitor("project admin").sees(tab)


def test_nobody_else_has_a_say(scene: Scene) -> None:
    schedule = set_schedule(GARBAGE_COLLECTION.kind, cron="0 0 0 * * *")
    assert schedule is not None
    owner = scene.visitor("project admin")
    answer = owner.post(reverse(LIST), {"action": "pause", "_selected_action": str(schedule.pk)})
    assert answer.status_code == 403
    schedule.refresh_from_db()
    assert not schedule.paused
