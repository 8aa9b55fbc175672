"""The rooms of jobs in the admin."""

from jobs.webhooks.admin import WebhookDeliveryAdmin, WebhookPolicyAdmin

__all__ = ["WebhookDeliveryAdmin", "WebhookPolicyAdmin"]
