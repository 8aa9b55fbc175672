"""Celery: JSON only, late acknowledgement; Redis where it is configured, else a broker of files in the data folder."""

from datetime import timedelta

from portal import environment as env
from portal.settings.base import DATA_DIR
from portal.settings.database import REDIS_URL

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if not REDIS_URL:
    CELERY_BROKER_TRANSPORT = "jobs.file_broker:Transport"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "store_processed": False,
        "polling_interval": 0.2,  # seconds between two looks into the folder
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BEAT_SCHEDULER = "jobs.framework.scheduler:ConductingScheduler"


def _every(period: timedelta, task: str) -> dict[str, object]:
    # A task that no worker took before the next one is due is dropped, so that they cannot pile up.
    return {"task": task, "schedule": period, "options": {"expires": period.total_seconds()}}


CELERY_BEAT_SCHEDULE = {
    "sign of life": _every(timedelta(seconds=10), "housekeeping.sign_of_life"),
    "fold usage": _every(timedelta(seconds=10), "housekeeping.fold_usage"),
    "count pushes": _every(timedelta(minutes=1), "housekeeping.count_pushes"),
    "expire uploads": _every(timedelta(minutes=10), "housekeeping.expire_uploads"),
    "sweep executions": _every(timedelta(minutes=10), "housekeeping.sweep_executions"),
    "sweep lost logs": _every(timedelta(hours=1), "housekeeping.sweep_lost_logs"),
    "sweep tokens": _every(timedelta(minutes=10), "housekeeping.sweep_tokens"),
    "check registries": _every(timedelta(minutes=5), "housekeeping.check_registries"),
    "rotate keys": _every(timedelta(minutes=30), "housekeeping.rotate_keys"),
}

# How often a message to a webhook is sent in all, and the seconds after which its receiver is given up each time.
WEBHOOK_TRIES = env.integer("PORTOLAN_WEBHOOK_TRIES", 3, lowest=1, highest=10)
WEBHOOK_SECONDS = env.integer("PORTOLAN_WEBHOOK_SECONDS", 3, lowest=1, highest=60)
# Artifacts of one repository that are copied at the same time.
REPLICATION_THREADS = env.integer("PORTOLAN_REPLICATION_THREADS", 4, lowest=1, highest=32)
