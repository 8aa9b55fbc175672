"""Addresses below ``/api/v2.0`` that nobody answers."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request

from accounts.rest.base import RestView


class UnknownView(RestView):
    authentication_classes = []
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
