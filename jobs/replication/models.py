"""Policies of replication."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models.visibility import may_on_system
from jobs.replication.filters import Filters, filters_of
from jobs.replication.naming import FLATTEN_ALL, CannotBeNamed, destination_name


class PolicyTrigger(models.TextChoices):
    """What begins a policy by itself; by hand it may be begun in any case (Harbor's words)."""

    MANUAL = "manual", _("only by hand")
    SCHEDULED = "scheduled", _("at set times")
    EVENT_BASED = "event_based", _("whenever something is pushed or deleted")


class PolicyQuerySet(models.QuerySet["ReplicationPolicy"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may_on_system(actor, "replication-policy", "list") else self.none()

    def with_registries(self) -> Self:
        """Their secrets are read only by who needs them."""
        rows = self.select_related("src_registry", "dest_registry")
        return rows.defer("src_registry__access_secret", "dest_registry__access_secret")


class ReplicationPolicy(models.Model):
    """Copies from one registry to another, of which exactly one is named: the other is this one.

    ``filters`` are as :func:`jobs.replication.filters.checked_filters` leaves them. ``speed`` is in KB a second, 0 for
    no limit, and holds for all tasks of the policy together. ``dest_namespace_replace_count`` is how many leading parts
    of a name the namespace replaces, -1 for all but the last. ``creator`` is the name of who made it.
    """

    name = models.CharField(_("name"), max_length=256, unique=True)
    description = models.TextField(_("description"), blank=True)
    src_registry = models.ForeignKey(
        "registry_api.Registry", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("from the registry"),
    )  # fmt: skip
    dest_registry = models.ForeignKey(
        "registry_api.Registry", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("to the registry"),
    )  # fmt: skip
    dest_namespace = models.CharField(_("destination namespace"), max_length=256, blank=True)
    dest_namespace_replace_count = models.SmallIntegerField(_("parts to replace"), default=FLATTEN_ALL)
    trigger = models.CharField(_("begins"), max_length=16, choices=PolicyTrigger.choices, default=PolicyTrigger.MANUAL)
    cron = models.CharField(_("times"), max_length=64, blank=True)
    filters: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        _("filters"), default=list, blank=True
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    replicate_deletion = models.BooleanField(_("delete there, too"), default=False)
    override = models.BooleanField(_("move tags that are there"), default=True)
    speed = models.IntegerField(_("limit in KB a second"), default=0)
    copy_by_chunk = models.BooleanField(_("copy in chunks"), default=False)
    single_active_replication = models.BooleanField(_("one execution at a time"), default=False)
    creator = models.CharField(_("created by"), max_length=255, editable=False)
    creation_time = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        app_label = "jobs"
        verbose_name = _("replication policy")
        verbose_name_plural = _("replication policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(src_registry__isnull=True, dest_registry__isnull=False)
                | Q(src_registry__isnull=False, dest_registry__isnull=True),
                name="one_side_of_a_replication_is_ours",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def filtering(self) -> Filters:
        return filters_of(self.filters)

    @property
    def pulls(self) -> bool:
        """Whether it brings things here; else it takes them away from here."""
        return self.src_registry_id is not None

    @property
    def source_name(self) -> str:
        """For people."""
        return str(self.src_registry.name) if self.src_registry else str(_("this registry"))

    @property
    def destination_name(self) -> str:
        """For people."""
        return str(self.dest_registry.name) if self.dest_registry else str(_("this registry"))

    def renamed(self, repository: str) -> str:
        """What the repository is called at the destination. Raises CannotBeNamed."""
        return destination_name(repository, self.dest_namespace, self.dest_namespace_replace_count)

    def renamed_or_nothing(self, repository: str) -> str:
        try:
            return self.renamed(repository)
        except CannotBeNamed:
            return ""


class BlobTurn(models.Model):
    """A task is bringing this blob to that registry (0: ours), or has brought it to ``repository`` there.

    See :mod:`jobs.replication.engine.turns`. ``upload`` is the session here that its bytes go into: whoever takes over
    from a worker that was killed goes on with it. The row goes with its task.
    """

    registry_id = models.BigIntegerField()
    digest = models.CharField(max_length=135)
    task = models.ForeignKey("jobs.Task", on_delete=models.CASCADE, related_name="+")
    repository = models.CharField(max_length=255, blank=True)
    upload = models.CharField(max_length=36, blank=True)

    class Meta:
        app_label = "jobs"
        constraints = [models.UniqueConstraint(fields=["registry_id", "digest"], name="one_turn_per_blob")]

    def __str__(self) -> str:
        return f"{self.registry_id}: {self.digest}"
