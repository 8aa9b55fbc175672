"""The database, Redis, and where sessions are kept."""

from portal import environment as env
from portal.settings.base import DATA_DIR

DATABASES = {"default": env.database("PORTOLAN_DATABASE_URL", DATA_DIR)}

REDIS_URL = env.redis("PORTOLAN_REDIS_URL")
# In the database, so that a session ends everywhere with its row, and none is lost with Redis.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
