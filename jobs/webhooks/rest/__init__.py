"""Harbor's tags ``webhook`` and ``webhookjob``."""
