"""What has happened and is still to be told to those who wait for it."""

from __future__ import annotations

from django.db import models


class OutboxEvent(models.Model):
    """One event, written in the transaction of what it tells of and deleted when every subscriber had it.

    The project is a bare number: it may be gone before the event is delivered. ``waiting`` holds the rooms that still
    have to get it, parted by blanks; empty means all of them, as of now. ``due_time`` is when it is tried (again).
    """

    name = models.CharField(max_length=40)
    project_id = models.BigIntegerField()
    detail = models.JSONField()
    creation_time = models.DateTimeField()
    due_time = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    waiting = models.CharField(max_length=255, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_time"])]

    def __str__(self) -> str:
        return f"{self.pk}: {self.name}"


class EventSubscription(models.Model):
    """Who waits for which events: kept by the services of those who wait, read by everything that publishes.

    ``subscriber`` is the room and the id of its row (``webhook:12``); no project means those of all projects.
    """

    subscriber = models.CharField(max_length=60)
    event = models.CharField(max_length=40)
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, related_name="event_subscriptions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "event"], name="one_subscription_of_an_event"),
        ]
        indexes = [models.Index(fields=["event", "project"])]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event}"
