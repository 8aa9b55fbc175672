"""The room of schedules: single ones rest and go on."""

from __future__ import annotations

from django.urls import reverse

from jobs.framework.schedules import set_schedule
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Schedule
from tests.console.conftest import Scene, Visitor, told

LIST = "admin:jobs_schedule_changelist"


def test_they_rest_and_go_on(captain: Visitor) -> None:
    schedules = [set_schedule(GARBAGE_COLLECTION.kind, subject_id=subject, cron="0 0 0 * * *") for subject in (1, 2)]
    chosen = [str(each.pk) for each in schedules if each]
    for action, words in (("pause", "2 schedules rest."), ("resume", "2 schedules go on with their next time.")):
        answer = captain.sends(reverse(LIST), action=action, _selected_action=chosen)
        assert words in told(answer)
        assert set(Schedule.objects.values_list("paused", flat=True)) == {action == "pause"}


def test_nobody_else_has_a_say(scene: Scene) -> None:
    schedule = set_schedule(GARBAGE_COLLECTION.kind, cron="0 0 0 * * *")
    assert schedule is not None
    owner = scene.visitor("project admin")
    answer = owner.post(reverse(LIST), {"action": "pause", "_selected_action": str(schedule.pk)})
    assert answer.status_code == 403
    schedule.refresh_from_db()
    assert not schedule.paused
