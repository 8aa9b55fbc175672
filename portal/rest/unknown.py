"""Addresses below ``/api/v2.0`` that nobody answers."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView


class UnknownView(RestView):
    authentication_classes = []

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404

    def get(self, request: Request) -> Response:
        """For DRF, which looks for a method first; :meth:`initial` has answered by then."""
        raise Http404
