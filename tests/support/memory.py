"""What a process remembers of the database."""

from __future__ import annotations


def forget_everything() -> None:
    """As if the process had just started."""
    # Only now: Django is not set up yet when pytest reads the files that import this one.
    from accounts import credentials, lockout
    from accounts.configuration import present
    from accounts.token_service import keys, verified

    for remembering in (credentials, keys, lockout, verified):
        remembering.forget_all()
    present.forget()
    credentials._hash_of_nothing.cache_clear()
