"""Read-only mode for everything but the registry's own routes, which refuse in the protocol's words themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from accounts.configuration.present import configured
from portal.errors import read_only
from registry_api.services.read_only import REFUSAL

SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
# Signing in and out, choosing a language or a theme, and switching the mode off again go on (Harbor); so do the routes
# that ask for themselves, and previews of retention, which change nothing.
OPEN = re.compile(
    r"/(?:v2/|service/|c/|i18n/|admin/(?:login|logout|theme)/|api/sign-(?:in|out)/|api/v2\.0/configurations/?\Z"
    r"|admin/accounts/configurationvalue/\Z|language/\Z"
    r"|api/v2\.0/projects/[^/]+/retention/preview/?\Z|admin/jobs/retentionpolicy/(?:\d+/)?preview/\Z)"
)


class ReadOnlyMiddleware:
    """Answers 403 to whatever would change something while the item ``read_only`` is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE or OPEN.match(request.path_info) or not configured("read_only"):
            return self.get_response(request)
        if request.path_info.startswith("/api/"):
            return JsonResponse({"errors": [{"code": "DENIED", "message": REFUSAL}]}, status=403)
        return read_only(request)
