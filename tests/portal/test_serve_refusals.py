"""A start that cannot succeed ends with one line that says which setting and why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.portal.serving import command, environment, refused
from tests.support.processes import free_port

pytestmark = pytest.mark.slow


def test_it_works(tmp_path: Path) -> None:
    """With nothing wrong, `--check` says so and leaves."""
    result = subprocess.run(
        command("--check"),
        env=environment(tmp_path / "data", free_port()),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "portolan: settings, database, broker and store are usable\n"


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_wrong_value(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    line = refused(tmp_path / "data", *arguments, PORTOLAN_TOKEN_EXPIRATION="soon")
    assert line.startswith("portolan: PORTOLAN_TOKEN_EXPIRATION='soon' cannot be used: ")


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_wrong_combination(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    line = refused(tmp_path / "data", *arguments, PORTOLAN_STORAGE="s3")
    assert line == "portolan: PORTOLAN_STORAGE=s3 needs PORTOLAN_STORAGE_S3_BUCKET"


def test_postgresql_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://portolan:mast-and-sail@127.0.0.1:{free_port()}/portolan"
    line = refused(tmp_path / "data", PORTOLAN_DATABASE_URL=url)
    assert line.startswith("portolan: PORTOLAN_DATABASE_URL: the database does not answer: ")
    assert "refused" in line
    assert "mast-and-sail" not in line


def test_an_unknown_postgresql_option(tmp_path: Path) -> None:
    line = refused(tmp_path / "data", PORTOLAN_DATABASE_URL="postgresql://127.0.0.1/portolan?sslmod=require")
    assert line.startswith("portolan: PORTOLAN_DATABASE_URL: ") and "sslmod" in line


def test_a_sqlite_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("this is no database, but a text of some length, to be read by people\n" * 20)
    line = refused(tmp_path / "data", PORTOLAN_DATABASE_URL=f"sqlite:///{tmp_path}/notes.txt")
    assert line.startswith("portolan: PORTOLAN_DATABASE_URL: the database does not answer: ")


def test_redis_that_does_not_answer(tmp_path: Path) -> None:
    line = refused(tmp_path / "data", PORTOLAN_REDIS_URL=f"redis://:mast-and-sail@127.0.0.1:{free_port()}/0")
    assert line.startswith("portolan: PORTOLAN_REDIS_URL: Redis does not answer: ")
    assert "mast-and-sail" not in line


def test_an_object_store_that_does_not_answer(tmp_path: Path) -> None:
    line = refused(
        tmp_path / "data",
        PORTOLAN_STORAGE="s3",
        PORTOLAN_STORAGE_S3_BUCKET="images",
        PORTOLAN_STORAGE_S3_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        PORTOLAN_STORAGE_S3_ACCESS_KEY="key",
        PORTOLAN_STORAGE_S3_SECRET_KEY="mast-and-sail",
    )
    assert line.startswith("portolan: PORTOLAN_STORAGE=s3: no answer: ")
    assert "mast-and-sail" not in line


@pytest.mark.parametrize("password", ["short", "nodigitsHere", "NOLOWERCASE1"])
def test_a_password_against_the_rule(tmp_path: Path, password: str) -> None:
    line = refused(tmp_path / "data", PORTOLAN_ADMIN_PASSWORD=password)
    assert line.startswith("portolan: PORTOLAN_ADMIN_PASSWORD='…' cannot be used: ")
    assert password not in line


def test_an_administrator_name_against_the_rule(tmp_path: Path) -> None:
    line = refused(tmp_path / "data", PORTOLAN_ADMIN_NAME="robot$me")
    assert line.startswith("portolan: PORTOLAN_ADMIN_NAME='robot$me' cannot be used: ")


def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    line = refused(tmp_path / "data", PORTOLAN_HOST="192.0.2.1")
    assert line.startswith("portolan: cannot listen on 192.0.2.1 port ")


def test_a_data_folder_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = refused(tmp_path / "file" / "data", PORTOLAN_DATABASE_URL="")
    assert line.startswith(f"portolan: PORTOLAN_DATA='{tmp_path}/file/data' cannot be used: ")
