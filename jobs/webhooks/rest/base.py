"""What the views of webhooks share: finding the webhook in its project, and nowhere else."""

from __future__ import annotations

from accounts.errors import NotFound
from accounts.models import Project
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from jobs.models import WEBHOOK_KINDS, Execution, Task, WebhookPolicy
from jobs.webhooks.services import RIGHT


class WebhookView(ProjectView):
    tag = "webhook"

    def project_of_webhooks(self, name_or_id: str, action: str) -> Project:
        """Raises Unauthenticated, Forbidden, NotFound; so do all below."""
        return self.project(name_or_id, RIGHT, action)

    def webhook(self, name_or_id: str, webhook_policy_id: str, action: str) -> WebhookPolicy:
        project = self.project_of_webhooks(name_or_id, action)
        return webhook_of(project, path_number("webhook_policy_id", webhook_policy_id))

    def execution(self, policy: WebhookPolicy, execution_id: str) -> Execution:
        number = path_number("execution_id", execution_id)
        found = Execution.objects.filter(kind__in=WEBHOOK_KINDS, subject_id=policy.pk, pk=number).first()
        if found is None:
            raise NotFound(f"the webhook has no execution {number}")
        return found

    def task(self, policy: WebhookPolicy, execution_id: str, task_id: str) -> Task:
        execution, number = self.execution(policy, execution_id), path_number("task_id", task_id)
        found = Task.objects.filter(execution=execution, pk=number).first()
        if found is None:
            raise NotFound(f"the execution has no task {number}")
        return found


def webhook_of(project: Project, number: int) -> WebhookPolicy:
    """Raises NotFound."""
    policy = WebhookPolicy.objects.filter(project=project, pk=number).select_related("project").first()
    if policy is None:
        raise NotFound(f"there is no webhook {number} in this project")
    return policy
