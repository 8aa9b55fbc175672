"""Logs go to standard error, one line a record; the process that started us collects them."""

from portal import environment as env

LOG_LEVEL = env.choice("PORTOLAN_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))

# Regular tasks come every few seconds: what has gone well with them is worth no line.
_CELERY_LEVEL = "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "celery.beat": {"level": _CELERY_LEVEL},
        "celery.worker.strategy": {"level": _CELERY_LEVEL},
        "celery.app.trace": {"level": _CELERY_LEVEL},
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "urllib3.connection": {"level": "ERROR"},  # its warnings have whole URLs, with the signatures of presigned ones
        "s3transfer": {"level": "WARNING"},
    },
}
