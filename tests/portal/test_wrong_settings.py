"""A wrong value of any setting ends the start with one line that names the variable."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.configuration.items import Item
from accounts.configuration.table import ITEMS
from tests.portal.settings_reader import SettingsReader, settings_reader, variables
from tests.portal.supervised import ROOT
from tests.portal.test_configuration_table import documented

A_FILE = str(ROOT / "manage.py")
A_FOLDER = str(ROOT)

WRONG = {
    "PORTOLAN_HOST": ["http://localhost", "localhost:8080", "-", "a b"],
    "PORTOLAN_PORT": ["0", "65536", "http", "80.5", "-1"],
    "PORTOLAN_EXTERNAL_URL": [
        *("registry.example.com", "ftp://registry.example.com", "https://", "https://registry.example.com/harbor"),
        *("https://registry.example.com:port", "https://me:secret@registry.example.com", "https://registry?x=1"),
    ],
    "PORTOLAN_DATA": [A_FILE, f"{A_FILE}/below"],
    "PORTOLAN_DATABASE_URL": [
        *(
            "mysql://localhost/portolan",
            "portolan",
            "postgresql://",
            "postgresql://host",
            "postgresql://host:port/name",
        ),
        *("sqlite://host/name", f"sqlite:///{A_FOLDER}", "postgresql://host/name?pool_size=many"),
        *("postgresql://host/name?pool_size=0", "postgresql://[host/name"),
        "postgresql://host/name?prepare=sometimes",
    ],
    "PORTOLAN_REDIS_URL": [
        "localhost:6379",
        "http://localhost",
        "redis://",
        "redis://host:port",
        "redis://host/name",
        "unix://",
    ],
    "PORTOLAN_STORAGE": ["S3", "azure", "disk,s3"],
    "PORTOLAN_STORAGE_ROOT": [A_FILE],
    "PORTOLAN_STORAGE_S3_BUCKET": ["my bucket", 'a"b'],
    "PORTOLAN_STORAGE_S3_ENDPOINT": ["s3.example.com", "s3://bucket", "https://s3.example.com/bucket"],
    "PORTOLAN_STORAGE_S3_REGION": ["us east"],
    "PORTOLAN_STORAGE_S3_ADDRESSING": ["host"],
    "PORTOLAN_STORAGE_REDIRECT": ["maybe", "2"],
    "PORTOLAN_WEB_PROCESSES": ["0", "257", "two"],
    "PORTOLAN_JOB_THREADS": ["0", "257", "two"],
    "PORTOLAN_REPLICATION_THREADS": ["0", "33", "two"],
    "PORTOLAN_SECRET_KEY": ["short"],
    "PORTOLAN_SECRET_KEY_FALLBACKS": ["short", f"{'long' * 20},short"],
    "PORTOLAN_ALLOWED_HOSTS": ["https://registry.example.com", "registry.example.com:443", "a b"],
    "PORTOLAN_TRUSTED_PROXIES": ["-1", "11", "yes", "10.0.0.1"],
    "PORTOLAN_ALLOWED_NETWORKS": ["all", "10.0.0.1/8", "10.0.0.0/33", "fd00::/8;10.0.0.0/8"],
    "PORTOLAN_REMOTE_PROXY": ["proxy:3128", "https://proxy:3128", "http://proxy", "http://proxy:3128/way", "http://:x"],
    "PORTOLAN_REMOTE_NO_PROXY": ["*", "http://inner", "10.0.0.0/33", "a b", "[::1]"],
    "PORTOLAN_ROOT_CERTIFICATE": ["/etc/ssl/ca.pem", "-----BEGIN CERTIFICATE-----"],
    "PORTOLAN_TOKEN_SERVICE": ['my "registry"', "my registry", "régistry"],
    "PORTOLAN_TOKEN_ISSUER": ['my "registry"', "my issuer"],
    "PORTOLAN_AUTH_MODE": ["ldap_auth", "none"],
    "PORTOLAN_PRIMARY_AUTH_MODE": ["ldap"],
    "PORTOLAN_SELF_REGISTRATION": ["anybody"],
    "PORTOLAN_PROJECT_CREATION_RESTRICTION": ["nobody"],
    "PORTOLAN_TOKEN_EXPIRATION": ["0", "1441", "30m", "1e3"],
    "PORTOLAN_SESSION_TIMEOUT": ["0", "1h"],
    "PORTOLAN_ROBOT_TOKEN_DURATION": ["0", "-1", "ever"],
    "PORTOLAN_ROBOT_NAME_PREFIX": ["robot", "my robot$", f"{'r' * 32}$"],
    "PORTOLAN_PERSONAL_TOKEN_MAX_DAYS": ["-2", "36501", "1y"],
    "PORTOLAN_READ_ONLY": ["readonly"],
    "PORTOLAN_PULL_COUNT_UPDATE_DISABLE": ["never"],
    "PORTOLAN_PULL_TIME_UPDATE_DISABLE": ["never"],
    "PORTOLAN_DISABLED_AUDIT_LOG_EVENT_TYPES": ["push_artifact", "create_label;delete_label"],
    "PORTOLAN_NOTIFICATION_ENABLE": ["maybe"],
    "PORTOLAN_QUOTA_PER_PROJECT_ENABLE": ["some"],
    "PORTOLAN_LDAP_URL": ["ldap.example.com", "http://ldap.example.com", "ldap://"],
    "PORTOLAN_LDAP_SCOPE": ["3", "sub"],
    "PORTOLAN_LDAP_TIMEOUT": ["0", "soon"],
    "PORTOLAN_LDAP_VERIFY_CERT": ["ca.pem"],
    "PORTOLAN_LDAP_GROUP_SEARCH_SCOPE": ["-1", "all"],
    "PORTOLAN_LDAP_GROUP_ATTACH_PARALLEL": ["5"],
    "PORTOLAN_OIDC_ENDPOINT": ["id.example.com", "https://"],
    "PORTOLAN_OIDC_GROUP_FILTER": ["("],
    "PORTOLAN_OIDC_VERIFY_CERT": ["ca.pem"],
    "PORTOLAN_OIDC_AUTO_ONBOARD": ["claim"],
    "PORTOLAN_OIDC_EXTRA_REDIRECT_PARMS": ["prompt=login", '["login"]', '{"prompt": 1}'],
    "PORTOLAN_OIDC_LOGOUT": ["here"],
    "PORTOLAN_FAST_PATH": ["fast"],
    "PORTOLAN_STORAGE_PER_PROJECT": ["-2", "0", "10G", str(1 << 61)],
    "PORTOLAN_UPLOAD_LIFETIME": ["59", "1d"],
    "PORTOLAN_GC_TIME_WINDOW": ["-1", "2h", "7776001"],
    "PORTOLAN_GC_PUSH_WINDOW": ["-1", "1h", "2592001"],
    "PORTOLAN_UPLOADS_PER_REPOSITORY": ["0", "many"],
    "PORTOLAN_WEBHOOK_TRIES": ["0", "11", "often"],
    "PORTOLAN_WEBHOOK_SECONDS": ["0", "61", "1.5"],
    "PORTOLAN_LOG_LEVEL": ["info", "TRACE"],
    "PORTOLAN_DEBUG": ["perhaps"],
}
# Any text is a possible one: only the store or the account rules can tell.
ANY_TEXT = {
    "PORTOLAN_STORAGE_S3_ACCESS_KEY",
    "PORTOLAN_STORAGE_S3_SECRET_KEY",
    "PORTOLAN_STORAGE_S3_PREFIX",
    "PORTOLAN_ADMIN_NAME",
    "PORTOLAN_ADMIN_PASSWORD",
    "PORTOLAN_BANNER_MESSAGE",
    *("PORTOLAN_LDAP_SEARCH_DN", "PORTOLAN_LDAP_SEARCH_PASSWORD", "PORTOLAN_LDAP_BASE_DN", "PORTOLAN_LDAP_FILTER"),
    *("PORTOLAN_LDAP_UID", "PORTOLAN_LDAP_GROUP_BASE_DN", "PORTOLAN_LDAP_GROUP_SEARCH_FILTER"),
    *("PORTOLAN_LDAP_GROUP_ATTRIBUTE_NAME", "PORTOLAN_LDAP_GROUP_ADMIN_DN"),
    "PORTOLAN_LDAP_GROUP_MEMBERSHIP_ATTRIBUTE",
    *("PORTOLAN_OIDC_NAME", "PORTOLAN_OIDC_CLIENT_ID", "PORTOLAN_OIDC_CLIENT_SECRET", "PORTOLAN_OIDC_SCOPE"),
    *("PORTOLAN_OIDC_USER_CLAIM", "PORTOLAN_OIDC_GROUPS_CLAIM", "PORTOLAN_OIDC_ADMIN_GROUP"),
}
SECRET = {
    "PORTOLAN_DATABASE_URL",
    "PORTOLAN_REDIS_URL",
    "PORTOLAN_REMOTE_PROXY",
    "PORTOLAN_SECRET_KEY",
    "PORTOLAN_SECRET_KEY_FALLBACKS",
}


@pytest.fixture(scope="module")
def read_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SettingsReader]:
    with settings_reader(tmp_path_factory.mktemp("reader")) as reader:
        yield reader


def test_it_works(tmp_path: Path) -> None:
    """In an interpreter that knows nothing yet."""
    command = [sys.executable, "-c", "import portal.settings"]
    result = subprocess.run(command, cwd=ROOT, env=variables(tmp_path), capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_table_has_every_setting() -> None:
    assert WRONG.keys() | ANY_TEXT == documented().keys()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_in_one_line_that_names_it(
    read_settings: SettingsReader, tmp_path: Path, name: str, value: str
) -> None:
    result = read_settings(tmp_path, **{name: value})
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    shown = "…" if name in SECRET else value
    assert line.startswith(f"portolan: {name}={shown!r} cannot be used: ")


@pytest.mark.parametrize("item", [item for item in ITEMS.values() if item.fixed], ids=lambda item: item.name)
def test_what_nothing_obeys_is_refused(read_settings: SettingsReader, tmp_path: Path, item: Item) -> None:
    result = read_settings(tmp_path, **{item.variable: "true"})
    assert result.stderr == f"portolan: {item.variable}='true' cannot be used: this cannot be set yet\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTOLAN_REMOTE_PROXY", "http://proxy.example.com:3128/"),
        ("PORTOLAN_REMOTE_PROXY", "http://name:pass%40word@[fd00::1]:3128"),
        ("PORTOLAN_REMOTE_NO_PROXY", "registry.lan, .example.com,10.0.0.0/8,fd00::/8,10.1.2.3"),
    ],
)
def test_all_forms_of_a_proxy_are_taken(read_settings: SettingsReader, tmp_path: Path, name: str, value: str) -> None:
    result = read_settings(tmp_path, **{name: value})
    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_that_cannot_be_read_is_named(read_settings: SettingsReader, tmp_path: Path) -> None:
    result = read_settings(tmp_path, PORTOLAN_SECRET_KEY_FILE=str(tmp_path / "missing"))
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("portolan: PORTOLAN_SECRET_KEY_FILE=") and "missing" in line


def test_a_value_may_come_from_a_file(read_settings: SettingsReader, tmp_path: Path) -> None:
    (tmp_path / "level").write_text("chatty\n")
    result = read_settings(tmp_path, PORTOLAN_LOG_LEVEL_FILE=str(tmp_path / "level"))
    assert result.stderr.startswith("portolan: PORTOLAN_LOG_LEVEL='chatty' cannot be used")
    (tmp_path / "level").write_text("WARNING\n")
    assert read_settings(tmp_path, PORTOLAN_LOG_LEVEL_FILE=str(tmp_path / "level")).returncode == 0


def test_the_secret_key_is_made_once_and_kept_from_others(read_settings: SettingsReader, tmp_path: Path) -> None:
    for _ in range(2):
        assert read_settings(tmp_path / "data").returncode == 0
        key = (tmp_path / "data" / "secret.key").read_text()
        (tmp_path / "keys").open("a").write(key + "\n")
    assert len(set((tmp_path / "keys").read_text().split())) == 1
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
