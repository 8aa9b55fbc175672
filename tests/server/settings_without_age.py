"""Answers end by changes alone."""

from portal.settings import *  # noqa: F403

FAST_PATH_MAX_AGE = 3600.0
