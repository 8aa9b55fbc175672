"""Which version of the API there is: the first thing that a Harbor asks another one."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def show_api_version(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"version": "v2.0"})
