"""Replication over REST."""
