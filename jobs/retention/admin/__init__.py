"""The portal's room for retention: policies in plain words, what they would do, and what they did."""

from jobs.retention.admin.policies import RetentionPolicyAdmin

__all__ = ["RetentionPolicyAdmin"]
