"""The REST API's document (OpenAPI 3) as a whole: which routes are in it, and under which paths."""

from __future__ import annotations

from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator

from accounts.rest.operations import path_of


class Endpoints(EndpointEnumerator):
    def get_path_from_regex(self, path_regex: str) -> str:
        """Without the slash at the end, which is for the client to choose."""
        return path_of(path_regex)

    def get_allowed_methods(self, callback: Any) -> list[str]:
        """With HEAD where it is an operation of its own."""
        methods: list[str] = super().get_allowed_methods(callback)
        return [*methods, "HEAD"] if "HEAD" in callback.cls.operations else methods


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Endpoints

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["urlconf"] = options.get("urlconf") or "portal.urls_rest"
        super().__init__(*arguments, **options)
