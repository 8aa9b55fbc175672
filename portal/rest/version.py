"""Which API there is: where other Harbors, before they copy from or to us, and clients look for it."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView


class VersionView(RestView):
    authentication_classes = []
    schema = None

    def get(self, request: Request) -> Response:
        return Response({"version": "v2.0"})
