"""Harbor's tag ``ping``."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.base import RestView


class PingView(RestView):
    authentication_classes = []

    def get(self, request: Request) -> HttpResponse:
        """Says that this process answers, and nothing about the database."""
        return HttpResponse("Pong", content_type="text/plain; charset=utf-8")
