"""Harbor's tag ``ping``."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.base import RestView
from accounts.rest.operations import Operation


class PingView(RestView):
    authentication_classes = []
    tag = "ping"
    operations = {"GET": Operation("getPing", str, media_type="text/plain")}

    def get(self, request: Request) -> HttpResponse:
        """Says that this process answers, and nothing about the database."""
        return HttpResponse("Pong", content_type="text/plain; charset=utf-8")
