"""Listing tags (OCI end-8)."""

from __future__ import annotations

from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.oci.errors import NameUnknown
from registry_api.oci.paging import next_link, parse_n
from registry_api.selectors.repositories import find_repository
from registry_api.selectors.tags import tags_page
from registry_api.v2.base import JSON, PULL, V2View
from registry_api.v2.listing import listing, text_parameter
from registry_api.v2.ready import generation_of, remember

DEFAULT, MOST = 1000, 10_000


class TagsView(V2View):
    needs = {"GET": PULL, "HEAD": PULL}

    def get(self, request: Request, name: str) -> HttpResponse:
        count = parse_n(request.query_params.get("n"), DEFAULT, MOST)
        after = text_parameter(request, "last")
        generation = generation_of(self.repository)
        tags = tags_page(self.repository, after, count + 1) if count else []
        if not tags and find_repository(self.repository) is None:
            raise NameUnknown(f"there is no repository {self.repository}")
        link = ""
        if len(tags) > count:
            tags = tags[:count]
            link = next_link(f"/v2/{self.repository}/tags/list", {"n": str(count), "last": tags[-1]})
        response = listing({"name": self.repository, "tags": tags}, JSON, link)
        remember(request, response, repository=self.repository, generation=generation)
        return response

    head = get
