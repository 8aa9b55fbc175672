"""Asking our own services: what they refuse is told as another registry would tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.errors import DomainError
from jobs.replication.words import NO_DATABASE
from registry_api import sql
from registry_api.oci.errors import OciError
from registry_api.remotes.errors import NotThere, Refused, RemoteError, Throttled, Unreachable
from registry_api.storage.contract import StorageError, StoreFull


@contextmanager
def asking() -> Iterator[None]:
    """Refusals become those of any registry, and afterwards others may have the database connection."""
    try:
        yield
    except OciError as error:
        raise _as_remote(error) from error
    except DomainError as error:
        raise Refused(error.message, error.status, error.code) from error
    except StoreFull as error:
        raise Refused("the store has no room left", 507) from error
    except StorageError as error:
        raise Unreachable("the store cannot be reached") from error
    except sql.PASSING as error:
        raise Unreachable(NO_DATABASE) from error
    finally:
        sql.give_back_connection()


def _as_remote(error: OciError) -> RemoteError:
    if error.status in (429, 503):
        return Throttled(error.message, float(error.headers.get("Retry-After", 1)), error.status)
    if error.status == 404:
        return NotThere(error.message, error.code)
    return Refused(error.message, error.status, error.code)
