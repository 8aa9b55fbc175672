"""Whatever a query asks of a field of whichever kind: rows, or 400, and never a fault."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.rest.conftest import Caller

KINDS = {
    "/users": ("user_id", "username", "sysadmin_flag", "creation_time"),
    "/projects": ("project_id", "name", "public", "owner"),
    "/audit-logs": ("operation", "op_time", "op_result"),
    "/repositories": ("name", "blob_digest"),
    "/robots": ("Level", "ProjectID", "duration"),
}
NUMBERS, WORDS, MOMENTS = ("5", "-1", "99999999999999999999"), ("a", "'a b'", "true"), ("2026-01-01T00:00:00",)
VALUES = (*NUMBERS, *WORDS, *MOMENTS, "2026-13-01T00:00:00", "\u4e2d", "%", "\\")
FORMS = ("{0}={1}", "{0}=~{1}", "{0}=[{1}~]", "{0}=[~{1}]", "{0}={{{1} {1}}}", "{0}=({1})")
SUFFIXES = ("exact", "icontains", "in", "gte", "lte", "gt", "lt")
IGNORED = ("startswith", "isnull")


@pytest.mark.parametrize("path", KINDS)
def test_every_form_on_every_kind(admin: Caller, path: str) -> None:
    for field in KINDS[path]:
        for value in VALUES:
            for form in FORMS:
                q = form.format(field, value)
                assert admin.get(f"{path}?q={quote(q)}").status in (200, 400), q
            for suffix in SUFFIXES:
                q = f"{field}__{suffix}={value}"
                assert admin.get(f"{path}?q={quote(q)}").status in (200, 400), q
        for suffix in IGNORED:
            q = f"{field}__{suffix}=a"
            assert admin.get(f"{path}?q={quote(q)}").status in (200, 400), q


@pytest.mark.parametrize(
    "sort", ["", ",", "-", "--name", "name,-name,name", "password", "name__x", "\u4e2d", "a" * 5000]
)
def test_every_sort(admin: Caller, sort: str) -> None:
    for path in KINDS:
        admin.get(f"{path}?sort={quote(sort)}").expect(200)


PARAMETERS = (
    *("/users?username=", "/users?email=", "/users?q=", "/users/search?username=", "/usergroups?group_name="),
    *("/usergroups/search?groupname=", "/projects?name=", "/projects?owner=", "/search?q=", "/labels?scope=g&name="),
    *("/quotas?reference=", "/users/", "/projects/", "/projects/library/repositories/", "/robots/", "/labels/"),
    *("/projects/library/members?entityname=", "/projects/library/metadatas/", "/users?sort="),
    "/audit-logs?q=resource=",
)


@pytest.mark.parametrize("address", PARAMETERS)
@pytest.mark.parametrize("text", ["a%00b", "%2500", "%ff", "%f0%9f%9a%a2", "%ed%a0%80", "'", "%25"])
def test_every_parameter_takes_every_text(admin: Caller, address: str, text: str) -> None:
    """And never is one a fault, whatever the database thinks of it."""
    assert admin.get(address + text).status in (200, 400, 404, 422)
