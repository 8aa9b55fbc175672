"""Handing finished answers to the cache in front of the views.

The cache never answers anything that a view did not answer before; a view reads the repository's counter before its
query, so that an answer which was overtaken by a change is never believed.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts import generations
from registry_api.fastpath import answers
from registry_api.services.changes import repository_counter

Counted = tuple[int, int, str]


def generation_of(repository: str) -> int:
    """To be read before the query whose result will be remembered."""
    return generations.read(repository_counter(repository)) if settings.FAST_PATH else 0


def remember(
    request: Request,
    response: HttpResponseBase,
    *,
    repository: str,
    generation: int,
    body: bytes | None = None,
    file: tuple[str, int, int] | None = None,
    counted: Counted | None = None,
    head_only: bool = False,
    promises: bool = False,
) -> None:
    """Keeps the answer to a plain GET of this path; ``body`` where the response is that of a HEAD.

    ``head_only`` where it is, and what a GET would get is not known. ``promises`` where what was found is left to those
    who push, or needs no promise.
    """
    path = request.META.get("RAW_URI", "")
    if not settings.FAST_PATH or not path or "?" in path:
        return
    response.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
    if body is None:
        body = response.content if isinstance(response, HttpResponse) else b""
    answers.remember(
        path.encode("latin-1"),
        repository=repository,
        generation=generation,
        headers=list(response.headers.items()),
        body=body,
        file=file,
        counted=counted,
        head_only=head_only,
        promises=promises,
    )
