"""Webhooks: what happens in a project is told to the servers that its administrators name."""
