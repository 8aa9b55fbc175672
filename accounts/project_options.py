"""Harbor's options of a project: which there are, and what each may say. Values are texts, as Harbor's API has them."""

from __future__ import annotations

from accounts.errors import BadRequest

PUBLIC = "public"
FLAGS = frozenset(
    (
        *("enable_content_trust", "enable_content_trust_cosign", "prevent_vul", "auto_scan", "auto_sbom_generation"),
        *("reuse_sys_cve_allowlist", "proxy_referrer_api", "proxy_cache_local_on_not_found"),
    )
)
SEVERITIES = ("none", "low", "medium", "high", "critical")
NUMBERS = frozenset(("proxy_speed_kb", "max_upstream_conn"))
TEXTS = frozenset(("proxy_cache_filter_pattern", "proxy_cache_filter_kind"))
KNOWN = FLAGS | NUMBERS | TEXTS | {"severity"}
# What is shown among the options and kept by what it names: the project's retention policy.
KEPT = frozenset(("retention_id",))
TRUE, FALSE = frozenset(("true", "1", "t")), frozenset(("false", "0", "f"))
LONGEST = 255  # characters


def checked(key: str, value: str) -> str:
    """The value as it is kept; of a key that nobody knows just as it came. Raises BadRequest."""
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise BadRequest(f"the option {key} is a text of up to {LONGEST} characters", field="metadata")
    if key in FLAGS:
        return "true" if flag(key, value) else "false"
    if key == "severity" and value.lower() not in SEVERITIES:
        raise BadRequest(f"the option severity is one of {', '.join(SEVERITIES)}", field="metadata")
    if key in NUMBERS and not (value == "-1" or (value.isascii() and value.isdigit() and len(value) < 19)):
        raise BadRequest(f"the option {key} is a number, or -1 for no limit", field="metadata")
    return value.lower() if key == "severity" else value


def flag(key: str, value: str) -> bool:
    """Raises BadRequest."""
    word = value.lower()
    if word not in TRUE | FALSE:
        raise BadRequest(f"the option {key} is true or false", field="metadata")
    return word in TRUE
