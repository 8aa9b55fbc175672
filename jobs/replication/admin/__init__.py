"""Replication in the portal."""

from jobs.replication.admin.policies import ReplicationPolicyAdmin

__all__ = ["ReplicationPolicyAdmin"]
