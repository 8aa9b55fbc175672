"""``GET /v2/`` (OCI end-1): the specification is implemented here, and the credentials are good."""

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.v2.base import JSON, V2View
from registry_api.v2.ready import remember


class PingView(V2View):
    def get(self, request: Request) -> HttpResponse:
        response = HttpResponse(b"{}", content_type=JSON, headers={"Content-Length": "2"})
        remember(request, response, repository="", generation=0)
        return response

    head = get
