"""The API's document (OpenAPI 3), made of what views say about themselves by way of drf-spectacular."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from django.conf import settings
from drf_spectacular.drainage import warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_parameter_type
from rest_framework.serializers import Serializer

from accounts.rest.authentication import CSRF_HEADER
from accounts.rest.base import RestView
from accounts.rest.errors import ErrorsShown
from accounts.rest.operations import BASE, JSON, Operation, told

Shape = dict[str, Any]

BASIC: dict[Any, Shape] = {
    str: {"type": "string"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    bytes: {"type": "string", "format": "binary"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
}
PAGE_HEADERS: Shape = {
    "X-Total-Count": {"schema": BASIC[int], "description": "How many there are on all pages together."},
    "Link": {"schema": BASIC[str], "description": "The addresses of the pages before and behind, where there are any."},
}
PLACE_HEADER: Shape = {"Location": {"schema": BASIC[str], "description": "The address of what was made."}}
# Python's own phrases for these change from release to release.
REFUSALS = {
    400: ("BadRequest", "A value that cannot be."),
    401: ("Unauthorized", "Who calls has to be known first."),
    403: ("Forbidden", "The caller may not, or may not see what this is about."),
    404: ("NotFound", "There is nothing at this address."),
    409: ("Conflict", "There is one already."),
    412: ("PreconditionFailed", "Something else has to be done first."),
    413: ("TooLarge", "A body of more than a megabyte."),
    415: ("UnsupportedMediaType", "The body is no JSON by its media type."),
    422: ("Unprocessable", "A parameter or a field of the wrong kind, or one that is missing."),
    429: ("TooManyRequests", "Too many wrong passwords; `Retry-After` says how long to wait."),
    500: ("InternalServerError", "A fault of ours; the message has the id of the request."),
    503: ("ServiceUnavailable", "The database is away; `Retry-After` says when to come again."),
}
PROJECT = "project_name_or_id"
BY_NAME = "X-Is-Resource-Name"


class Schema(AutoSchema):
    """``RestView.operations`` and ``RestView.takes`` of one method, in the words of OpenAPI."""

    view: RestView  # type: ignore[override] # no other views are told of

    @property
    def told(self) -> Operation:
        return self.view.operations[self.method]

    def is_excluded(self) -> bool:
        if self.method in self.view.operations:
            return False
        warn(f"{type(self.view).__name__} has no operation for {self.method}")
        return True

    def get_operation(self, path: str, *arguments: Any) -> Shape | None:
        operation: Shape | None = super().get_operation(path, *arguments)
        if operation and not path.startswith(BASE):
            operation["servers"] = [{"url": "/"}]
        return operation

    def get_operation_id(self) -> str:
        return self.told.name

    def get_summary(self) -> str:
        return self.told.summary

    def get_description(self) -> str:  # type: ignore[override] # as drf-spectacular has it
        return told(getattr(self.view, self.method.lower()).__doc__) or told(type(self.view).__doc__)

    def get_tags(self) -> list[str]:
        if not self.view.tag:
            warn(f"{type(self.view).__name__} has no tag")
        return [self.view.tag]

    def get_auth(self) -> list[Shape]:
        known: list[Shape] = super().get_auth()
        return [*known, {}] if known and self.told.is_open else known

    # What goes in

    def _get_parameters(self) -> list[Shape]:
        asked = [
            build_parameter_type(each.name, BASIC[each.kind], each.place, each.required, each.about or None)
            for each in self.told.asks
        ]
        if f"{{{PROJECT}}}" in self.path:
            about = "Whether digits for a project are its name, and not its id."
            asked.append(build_parameter_type(BY_NAME, BASIC[bool], "header", False, about))
        return [*(self._path_parameter(name) for name in self._variables()), *asked]

    def _variables(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def _path_parameter(self, name: str) -> Shape:
        is_number = name in ("id", "mid", "eid", "tid") or (name.endswith("_id") and name != PROJECT)
        about = self.view.path_words.get(name)
        shape: Shape = build_parameter_type(name, BASIC[int if is_number else str], "path", True, about)
        return shape

    def get_request_serializer(  # type: ignore[override] # a shape by media type will do, too
        self,
    ) -> type[Serializer[Any]] | Shape | None:
        if self.told.takes is not None:
            return {JSON: self.shape_of(self.told.takes)}
        return self.view.takes.get(self.method)

    # What comes out

    def _get_response_bodies(self, direction: str = "response") -> Shape:
        refused = {str(status): self._refusal(status) for status in sorted(self._refusals())}
        return {str(self.told.status): self._success(), **refused}

    def _success(self) -> Shape:
        told = self.told
        response: Shape = {"description": HTTPStatus(told.status).phrase}
        headers = PAGE_HEADERS if told.is_paged else PLACE_HEADER if told.status == HTTPStatus.CREATED else {}
        if headers:
            response["headers"] = headers
        if told.gives is not None:
            response["content"] = {told.media_type: {"schema": self.shape_of(told.gives)}}
            response["content"] |= {media_type: {"schema": BASIC[str]} for media_type in told.texts}
        return response

    def _refusals(self) -> Iterator[int]:
        """Of everything that may be said against a request, what this one can meet."""
        yield from self.told.refuses
        yield from (500, 503)
        if self.view.authentication_classes:
            yield from (401, 403, 429)
        if self.told.asks or self._variables():
            yield from (400, 422)
        if self._variables():
            yield 404
        if self.method in ("POST", "PUT", "PATCH"):
            yield from (400, 409, 412, 413, 415, 422)
        if self.method == "DELETE":
            yield from (409, 412)

    def _refusal(self, status: int) -> Shape:
        name, about = REFUSALS[status]
        if self.method == "HEAD":
            return {"description": about}
        response = {"description": about, "content": {JSON: {"schema": self.shape_of(ErrorsShown)}}}
        component = ResolvedComponent(name, ResolvedComponent.RESPONSE, response, name)
        self.registry.register_on_missing(component)
        reference: Shape = component.ref
        return reference

    def shape_of(self, hint: Any) -> Shape:
        """A type hint as a JSON schema; a TypedDict is a component of the document, by its name without Shown."""
        if is_typeddict(hint):
            return self._component_of(hint)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is list:
            return {"type": "array", "items": self.shape_of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.shape_of(arguments[1])}
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin in (Union, UnionType) and NoneType in arguments and len(arguments) == 2:
            inner = self.shape_of(next(each for each in arguments if each is not NoneType))
            return {"allOf": [inner], "nullable": True} if "$ref" in inner else {**inner, "nullable": True}
        return dict(BASIC[hint])

    def _component_of(self, hint: Any) -> Shape:
        component = ResolvedComponent(hint.__name__.removesuffix("Shown"), ResolvedComponent.SCHEMA, {}, hint)
        if component not in self.registry:
            self.registry.register(component)
            properties = {name: self.shape_of(each) for name, each in get_type_hints(hint).items()}
            component.schema.update({"type": "object", "properties": properties})
            if about := told(hint.__doc__):
                component.schema["description"] = about
            # What Python counts as required is wrong where annotations are texts: it misses NotRequired in them.
            marked = get_type_hints(hint, include_extras=True)
            required = [name for name in hint.__required_keys__ if get_origin(marked[name]) is not NotRequired]
            if required:
                component.schema["required"] = sorted(required)
        reference: Shape = component.ref
        return reference


class BasicScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.rest.authentication.ByBasic"
    name = "basic"

    def get_security_definition(self, auto_schema: AutoSchema) -> Shape:
        return {"type": "http", "scheme": "basic", "description": "The name and password of a user, or of a robot."}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.rest.authentication.ByToken"
    name = "personal_token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Shape:
        return {"type": "http", "scheme": "bearer", "description": "A personal token, for what it was given."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.rest.authentication.BySession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> Shape:
        about = (
            "The cookie that signing in gives. With it whatever changes something carries the header "
            f"`{CSRF_HEADER}` as the answer before gave it."
        )
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": about}
