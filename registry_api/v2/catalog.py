"""``GET /v2/_catalog``: every repository, for administrators."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.oci.paging import next_link, parse_n
from registry_api.selectors.repositories import catalog_page
from registry_api.services.access import AccessRefused
from registry_api.v2.base import JSON, V2View
from registry_api.v2.listing import listing, text_parameter

DEFAULT, MOST = 100, 1000


class CatalogView(V2View):
    def scope(self, request: Request) -> str:
        return "registry:catalog:*"

    def authorize(self, request: Request) -> None:
        if not self.caller.sees_catalog():
            raise AccessRefused({"_catalog": ("read",)})

    def get(self, request: Request) -> HttpResponse:
        count = parse_n(request.query_params.get("n"), DEFAULT, MOST)
        names = catalog_page(text_parameter(request, "last"), count + 1) if count else []
        link = ""
        if len(names) > count:
            names = names[:count]
            link = next_link("/v2/_catalog", {"n": str(count), "last": names[-1]})
        return listing({"repositories": names}, JSON, link)
