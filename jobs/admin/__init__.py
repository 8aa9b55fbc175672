"""The rooms of the jobs."""

from jobs.retention.admin import RetentionPolicyAdmin

__all__ = ["RetentionPolicyAdmin"]
