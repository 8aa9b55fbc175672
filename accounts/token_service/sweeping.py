"""What housekeeping does for signing in and tokens, every hour or so."""

from __future__ import annotations

from accounts import lockout
from accounts.token_service import keys, refresh


def sweep_expired() -> dict[str, int]:
    """Deletes what time has made useless; how many rows of each sort. May run anywhere, twice and beside itself."""
    return {
        "signing keys": keys.delete_expired_keys(),
        "refresh tokens": refresh.delete_expired(),
        "sign-in failures": lockout.delete_expired(),
    }
