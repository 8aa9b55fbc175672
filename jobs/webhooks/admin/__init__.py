"""Webhooks in the admin."""

from jobs.webhooks.admin.deliveries import WebhookDeliveryAdmin
from jobs.webhooks.admin.policies import WebhookPolicyAdmin

__all__ = ["WebhookDeliveryAdmin", "WebhookPolicyAdmin"]
