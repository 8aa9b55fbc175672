"""Listing referrers (OCI end-12)."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.oci.digest import Digest
from registry_api.oci.errors import Unsupported
from registry_api.oci.paging import next_link, parse_n
from registry_api.selectors.referrers import referrers_page
from registry_api.v2.base import PULL, V2View
from registry_api.v2.listing import listing, text_parameter

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
DEFAULT, MOST = 200, 200


class ReferrersView(V2View):
    """Never 404: an unknown repository or digest simply has no referrers yet."""

    needs = {"GET": PULL, "HEAD": PULL}

    def get(self, request: Request, name: str, digest: str) -> HttpResponse:
        subject = str(Digest.parse(digest))
        wanted = text_parameter(request, "artifactType")
        count = parse_n(request.query_params.get("n"), DEFAULT, MOST) or DEFAULT
        found = referrers_page(self.repository, subject, wanted, self._after(request), count + 1)
        link = ""
        if len(found) > count:
            found = found[:count]
            asked = {"n": str(count), "last": str(found[-1][0])} | ({"artifactType": wanted} if wanted else {})
            link = next_link(f"/v2/{self.repository}/referrers/{subject}", asked)
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [descriptor for _, descriptor in found]}
        response = listing(index, INDEX_TYPE, link)
        if wanted:
            response.headers["OCI-Filters-Applied"] = "artifactType"
        return response

    head = get

    @staticmethod
    def _after(request: Request) -> int:
        last = request.query_params.get("last", "0")
        if not (last.isascii() and last.isdigit() and len(last) < 19):
            raise Unsupported("last is not a place in this list", status=400)
        return int(last)
