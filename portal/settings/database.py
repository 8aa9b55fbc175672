"""The database and the cache."""

from portal import environment as env
from portal.settings.base import DATA_DIR

DATABASES = {"default": env.database("PORTOLAN_DATABASE_URL", DATA_DIR)}

REDIS_URL = env.redis("PORTOLAN_REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
