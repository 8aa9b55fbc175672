"""Copies of artifacts kept in other registries, or taken from them, by policies (Harbor: replication)."""
