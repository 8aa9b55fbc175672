"""Who may read which part of the audit record, which itself knows neither users nor projects."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import Project
from accounts.selectors.rights import may
from audit.models import AuditLog


def logs_visible_to(actor: Actor) -> QuerySet[AuditLog]:
    """Everything for who may list the system's log, else the log of the projects where the actor may list it."""
    if may(actor, "audit-log", "list"):
        return AuditLog.objects.all()
    return AuditLog.objects.filter(project_id__in=Project.objects.allowing(actor, "log", "list").values("pk"))
