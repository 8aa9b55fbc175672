"""Answers are too old as soon as they are there."""

from portal.settings import *  # noqa: F403

FAST_PATH_MAX_AGE = -1.0
