"""The Celery application: `celery -A portal worker` and `celery -A portal beat` find it here."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Celery warns of running as root because pickled messages could take the machine over; ours are JSON and nothing else.
warnings.filterwarnings("ignore", category=SecurityWarning, module="celery.platforms")

app = Celery("portolan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["jobs.housekeeping", "jobs.framework"])
