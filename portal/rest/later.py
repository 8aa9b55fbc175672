"""Harbor's operations that are not there yet: known, and answered 501 instead of 404."""

from __future__ import annotations

from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView

# Of directories, OIDC, scanning and distribution to peers.
SYSTEM = r"system/(?:scanAll|oidc)"
TOP = r"ldap|p2p|scans|scanners|export|security"
PROJECT = r"projects/[^/]+/preheat"
SCAN = r"projects/[^/]+/repositories/[^/]+/artifacts/[^/]+/scan"
LATER = rf"^(?:{TOP}|{SYSTEM}|{PROJECT}|{SCAN})(?:/.*)?\Z"


class NotYet(APIException):
    status_code = 501
    default_detail = "this operation is not there yet"


class LaterView(RestView):
    authentication_classes = []
    schema = None

    def get(self, request: Request) -> Response:
        raise NotYet

    post = put = patch = delete = get
