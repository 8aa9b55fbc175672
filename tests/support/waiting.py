"""A test run that does not end by itself, for test_cleaning_up.py; not collected unless it is named."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.postgres import PostgreSQL
from tests.support.product import Product
from tests.support.redis import Redis


def test_waits(product: Product, redis_server: Redis, postgres: PostgreSQL) -> None:
    Path(os.environ["PORTOLAN_TEST_READY"]).touch()
    time.sleep(1000)
