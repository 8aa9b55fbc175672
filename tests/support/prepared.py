"""What the first start of an installation makes, made once for the whole run: its tables and its static files.

Nothing here is for tests whose subject is that start.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection
from django.test.utils import override_settings

from portal.settings.storage import STORAGES
from portal.supervisor import preparation
from tests.support import session

# Of PostgreSQL: the database whose copies are as a first start leaves its own.
MIGRATED = "migrated"


def tables_file() -> Path:
    return session.folder / "migrated.sqlite3"


def keep_tables() -> None:
    """Of the test database, as long as it has nothing but what migrations have put there."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as made:
            made.execute("VACUUM INTO ?", [str(tables_file())])
        return
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()  # PostgreSQL copies no database to which somebody is connected
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE {MIGRATED} TEMPLATE "{name}"')


def give_tables(file: Path) -> None:
    """To an installation that keeps them in this file, which is not there yet."""
    shutil.copyfile(tables_file(), file)
    file.chmod(0o640)


def give_static_files(data: Path) -> None:
    """To an installation with this data folder, unless something in there has changed."""
    made = session.folder / "prepared"
    if not made.exists():
        _collect(made)
    shutil.copytree(made / "static", data / "static", copy_function=os.link)
    (data / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    with override_settings(STATIC_ROOT=data / "static"):
        (data / "run" / "static-files").write_text(preparation._fingerprint(), encoding="ascii")


def _collect(data: Path) -> None:
    (data / "run").mkdir(parents=True)
    with override_settings(DATA_DIR=data, STATIC_ROOT=data / "static", STORAGES=STORAGES):
        preparation.collect_static_files()
