"""What nobody in their right mind sends: texts, numbers, bodies, queries, pieces of paths, headers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = (
    *("", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\u202eabc", "\ufeff", "\r\n", "\x7f", "😀", "é", "A", "-", "_"),
    *("x" * 17, "x" * 31, "x" * 129, "x" * 256, "x" * 1025, "😀" * 300, "x" * 70_000),
    *(
        "robot$x",
        "a/b",
        "../..",
        "%",
        "%00",
        "'",
        '"',
        "\\",
        ";--",
        "%s",
        "{}",
        "${x}",
        "<b>",
        "null",
        "true",
        "**",
        "[",
        "{a",
    ),
    *("0", "-1", "1e5", "1_0", "٣", "²", "2026-02-30T00:00:00", "9999-12-31T23:59:59Z", "0001-01-01 00:00:00"),
    *("sha256:" + "0" * 64, "sha256:x", "a@b", "x" * 250 + "@example.com"),
)
NUMBERS = (
    *(0, -1, 6, 2**15, 2**16, 2**31 - 1, 2**31, -(2**31) - 1, 2**32, 2**53 + 1),
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**30, 10**400),
    *(1.0, 1.5, -0.0, 1e308, 36500, 3_000_000, 10**9),
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], [{}], {"": None}, {"a": "b"}, ["x"] * 1000)
WRONG = (*TEXTS, *NUMBERS, *OTHERS)

BODIES = (
    *(
        b"",
        b" ",
        b"{",
        b"}",
        b"[",
        b'"',
        b"null",
        b"true",
        b"0",
        b'""',
        b"[]",
        b"{}",
        b"[{}]",
        b"[null]",
        b"\xff",
        b"\0",
    ),
    *(b"NaN", b"-Infinity", b'{"a":NaN}', b'"\\ud800"', b'{"\\ud800":1}', b'{"\\u0000":1}', b"1e999", b"1" * 5000),
    *(b"[" * 100_000, b'{"a":' * 20_000, b"[" * 900 + b"]" * 900, b'{"a":1,"a":[]}', b"{}{}", b"{} x", b"{'a':1}"),
    *(b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-32"), b"a=b&c=d", b"--x\r\n\r\n--x--", b"<a/>"),
    *(b" " * (1 << 20) + b"{}", b'{"a":"' + b"x" * (1 << 19) + b'"}'),
)
CONTENT_TYPES = (
    *("", " ", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "*/*"),
    *("multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/json; charset=nonsense"),
    *("Application/JSON", "application/problem+json", "application/json;" + "a" * 3000, "json", ";;", "image/png"),
)
SEGMENTS = (
    *("%00", "a%00b", "%2F", "%252F", "%25252F", "..%2F..", "%2e%2e", "%", "%z", "%ff", "%c0%af", "%ED%A0%80"),
    *("%0d%0a", "%20", "%09", "+", "*", ";", "a;b=c", ":", "a:b", "a@b", "$", "robot%24x", "{}", "%7Bx%7D", "%5c"),
    *("0", "-0", "-1", "+1", "1.0", "1e3", "0x1", "1_0", "%D9%A3", "%C2%B2", "9" * 19, "9" * 400, "0" * 30 + "1"),
    *(str(2**31), str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**63) - 1), "x" * 129, "x" * 256, "x" * 5000),
    *("%F0%9F%98%80", "%E2%80%AE", "%EF%BB%BF", "sha256:" + "0" * 64, "sha256:x", "sha512:" + "0" * 64, "md5:0"),
    *("null", "~", "-"),
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Accept": (
        "",
        "text/html",
        "image/png",
        ";q=",
        "*/*;q=x",
        "application/json;indent=4",
        "application/json;indent=x",
    ),
    "Accept-Language": ("x" * 600, "zh-hans", ";;"),
    "Authorization": ("", "Basic", "Basic ", "Basic !", "Basic Og==", "Basic AAA=", "Basic OgA=", "Basic /////w=="),
    "Content-Encoding": ("gzip",),
    "Cookie": ("sid=", "sid=\0", "sid=" + "x" * 3000, "sid=%00", "sid='", ";;=", "csrftoken=x"),
    "If-None-Match": ("*",),
    "Range": ("bytes=0-",),
    "X-Forwarded-For": ("é, ,", "x" * 3000),
    "X-HTTP-Method-Override": ("DELETE",),
    "X-Harbor-CSRF-Token": ("é",),
    "X-Is-Resource-Name": ("", "true", "TRUE", "maybe"),
    "X-Request-Id": ("", "x" * 5000, "a b", "\x7f", "é"),
    "X-Resource-Name-In-Location": ("", "true", "maybe"),
}

KEYS = (
    *("id", "name", "project_id", "repository_id", "user_id", "owner_id", "owner", "public", "level", "Level"),
    *("ProjectID", "creation_time", "update_time", "op_time", "push_time", "pull_time", "pull_count", "size"),
    *("tags", "labels", "type", "base", "digest", "media_type", "artifact_type", "operation", "op_result", "resource"),
    *("resource_type", "username", "email", "sysadmin_flag", "description", "blob_digest", "artifact_id", "color"),
    *("duration", "disabled", "password", "secret", "project__name", "pk", "__", "_", ""),
    *("name__regex", "name__icontains", "id__in", "op_time__gte", "id__gt"),
)
TERMS = ("{}", "~{}", "[{}~]", "[~{}]", "[{}~{}]", "({} {})", "{{{} {}}}", "[{}", "({}", "'{}'", "\\{}")


@st.composite
def bad_queries(draw: st.DrawFn) -> str:
    """A ``q``: a term or a few, each of which may be right."""
    terms = []
    for _ in range(draw(st.integers(1, 2))):
        value = draw(st.sampled_from((*TEXTS, *map(str, NUMBERS))) | st.text(max_size=20))
        form = draw(st.sampled_from(TERMS))
        terms.append(f"{draw(st.sampled_from(KEYS))}={form.replace('{}', value)}")
    return ",".join(terms)


def bad_values(name: str) -> st.SearchStrategy[str]:
    """Of the query parameter with this name."""
    plain = st.sampled_from((*TEXTS, *map(str, NUMBERS)))
    if name == "q":
        return bad_queries() | plain
    if name == "sort":
        return st.lists(st.sampled_from(KEYS).map(lambda key: f"-{key}") | plain, max_size=3).map(",".join)
    return plain
