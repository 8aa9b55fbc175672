"""The regular tasks do what the schedule wants of them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import LoginFailure, PersonalToken, Project, RefreshToken, SigningKey, User
from accounts.services.users import create_user
from accounts.token_service import keys
from jobs.housekeeping import tasks
from portal.celery import app
from registry_api.models import ProjectUsage, UploadSession, UsageDelta
from registry_api.storage import store

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=365)


@pytest.fixture
def library() -> Project:
    return Project.objects.get(name="library")


def upload(project: Project, age: timedelta) -> UploadSession:
    now = timezone.now()
    upload_id = str(uuid.uuid4())
    return UploadSession.objects.create(
        id=upload_id,
        project=project,
        repository_name="library/image",
        holder_kind="user",
        holder_id=1,
        storage_state=store().begin(upload_id),
        creation_time=now - age,
        touched_at=now - age,
    )


def test_it_works() -> None:
    """Every task of the schedule is one that the worker knows, and none of them fails on an empty registry."""
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert app.tasks[entry["task"]].apply().get() is None


def test_messages_to_workers_are_json_and_are_not_lost_with_a_worker() -> None:
    conf = app.conf
    assert list(conf.accept_content) == ["json"]
    assert (conf.task_serializer, conf.result_serializer) == ("json", "json")
    assert conf.result_accept_content in (None, ["json"])
    assert (conf.task_ignore_result, conf.result_backend) == (True, None)
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert conf.worker_prefetch_multiplier == 1
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert len(ours) >= len(app.conf.beat_schedule)
    for name, task in ours.items():
        assert (task.serializer, task.acks_late, task.reject_on_worker_lost) == ("json", True, True), name


def test_a_task_that_is_late_is_dropped_before_the_next_one_is_due() -> None:
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] == entry["schedule"].total_seconds()


def test_changes_of_usage_are_added_up(library: Project) -> None:
    UsageDelta.objects.bulk_create(UsageDelta(project=library, amount=amount) for amount in (100, -30, 5))
    tasks.fold_usage_deltas()
    assert ProjectUsage.objects.get(project=library).used == 75
    assert not UsageDelta.objects.exists()


def test_only_uploads_that_nobody_touches_are_given_up(library: Project, settings: Any) -> None:
    lifetime = timedelta(seconds=settings.UPLOAD_LIFETIME)
    upload(library, lifetime + timedelta(minutes=1))
    young = upload(library, lifetime - timedelta(minutes=1))
    tasks.expire_abandoned_uploads()
    assert [session.pk for session in UploadSession.objects.all()] == [young.pk]
    store().abort(young.id, young.storage_state)


def test_sessions_whose_time_is_over_are_swept() -> None:
    for key, age in (("old", timedelta(seconds=1)), ("new", timedelta(hours=-1))):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() - age)
    tasks.sweep_tokens()
    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_refresh_tokens_and_failures_of_long_ago_are_swept() -> None:
    user = create_user(actor=SYSTEM, username="sweeper", password=None)
    for name, age in (("old", LONG_AGO), ("new", timedelta())):
        token = RefreshToken.objects.create(user=user, token_hash=name, holder_stamp="stamp", service="registry")
        RefreshToken.objects.filter(pk=token.pk).update(last_used=timezone.now() - age)
        last = timezone.now().timestamp() - age.total_seconds()
        LoginFailure.objects.create(key=name, failures=1, last_failure=last)
    tasks.sweep_tokens()
    assert [token.token_hash for token in RefreshToken.objects.all()] == ["new"]
    assert [failure.key for failure in LoginFailure.objects.all()] == ["new"]
    assert User.objects.filter(pk=user.pk).exists()


def test_personal_tokens_are_swept_long_after_they_expired() -> None:
    user = create_user(actor=SYSTEM, username="sweeper", password=None)
    now = timezone.now()
    ends = {"old": now - LONG_AGO, "expired": now - timedelta(days=1), "good": now + timedelta(days=1), "endless": None}
    for name, end in ends.items():
        token = PersonalToken.objects.create(user=user, name=name, secret_hash=name, expires_at=end)
        token.permissions.create(kind="project", resource="repository", action="pull")
    tasks.sweep_tokens()
    assert set(PersonalToken.objects.values_list("name", flat=True)) == {"expired", "good", "endless"}


def test_an_old_signing_key_is_replaced_and_a_spent_one_deleted() -> None:
    first = keys.signer()
    tasks.rotate_signing_keys()
    assert keys.signer().kid == first.kid, "a young key stays"
    SigningKey.objects.update(creation_time=timezone.now() - LONG_AGO)
    tasks.rotate_signing_keys()
    assert SigningKey.objects.filter(retired_at=None).count() == 1
    assert SigningKey.objects.count() == 2, "what the old key signed is still good"
    SigningKey.objects.exclude(retired_at=None).update(retired_at=timezone.now() - LONG_AGO)
    tasks.rotate_signing_keys()
    assert SigningKey.objects.count() == 1
