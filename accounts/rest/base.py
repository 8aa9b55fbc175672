"""What the REST views of every room share: who calls, what they may do, pages, bodies, errors and how answers look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

import orjson
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.actors import ANONYMOUS, Actor
from accounts.errors import BadRequest, DomainError, Forbidden, NotFound, Unauthenticated
from accounts.models import Project
from accounts.rest import bodies
from accounts.rest.authentication import CSRF_HEADER, ByBasic, BySession, ByToken, Caller, csrf_token
from accounts.rest.errors import answer_error
from accounts.rest.operations import Operation
from accounts.rest.pages import ApiPage
from accounts.rest.paging import LARGEST_SIZE, Page, link_header, read_page
from accounts.selectors.rights import require

Row = TypeVar("Row", bound=Model)


class JsonRenderer(JSONRenderer):
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        for_a_page = orjson.OPT_INDENT_2 if (renderer_context or {}).get("indent") else 0
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | for_a_page)


class Negotiation(DefaultContentNegotiation):
    """A client that accepts none of what there is gets JSON, as from Harbor, and not an error about that."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        except (NotAcceptable, Http404):
            first = next(iter(renderers))
            return first, str(first.media_type)
        return chosen


class RestView(APIView):
    """A view says of itself what the API's document tells (docs/openapi.yaml, checked by ``make check``).

    ``takes`` has the serializer of each method's body and ``operations`` what each method is and gives; ``tag`` is
    Harbor's chapter, and ``path_words`` explains names in the path that need it. Bodies that go out are TypedDicts that
    stand beside the functions that make them; each answer in the tests is held against the document. A view that is not
    part of the API as clients see it has ``schema = None``.
    """

    authentication_classes = [ByBasic, ByToken, BySession]
    permission_classes = []
    throttle_classes = []
    parser_classes = [bodies.JsonParser]
    renderer_classes = [JsonRenderer, ApiPage]
    content_negotiation_class = Negotiation
    versioning_class = None

    # Without OPTIONS: what DRF answers to it describes forms that are not here.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    takes: ClassVar[Mapping[str, type[Serializer[Any]]]] = {}
    operations: ClassVar[Mapping[str, Operation]] = {}
    tag: ClassVar[str] = ""
    path_words: ClassVar[Mapping[str, str]] = {}

    # Who calls, and what they may

    @property
    def actor(self) -> Actor:
        user = self.request.user
        return user.actor if isinstance(user, Caller) else ANONYMOUS

    def require_login(self) -> Actor:
        """Raises Unauthenticated."""
        if self.actor is ANONYMOUS:
            raise Unauthenticated("authentication is required")
        return self.actor

    def require(
        self, resource: str, action: str, *, project: Project | int | None = None, repository: str | None = None
    ) -> None:
        """Raises Unauthenticated or Forbidden, by whether it would help to say who one is."""
        try:
            require(self.actor, resource, action, project=project, repository=repository)
        except DomainError:
            self.require_login()
            raise

    def refuse_absent(self, what: str, resource: str, action: str) -> NoReturn:
        """For what is not there: the answer to what is forbidden, except to system administrators (Harbor).

        Raises NotFound, Unauthenticated, Forbidden.
        """
        if self.actor.is_sysadmin:
            raise NotFound(f"there is no {what}")
        self.require_login()
        raise Forbidden(f"{self.actor.name} may not {action} {resource} here")

    # What came

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_text(kwargs, request.query_params.dict())
        bodies.gather_body(request._request)

    def get_serializer(self, *arguments: Any, **options: Any) -> Serializer[Any]:
        """That of the present method's body; DRF's pages make their forms from it."""
        return self.takes.get(str(self.request.method), Serializer)(*arguments, **options)

    def body(self) -> dict[str, Any]:
        """The request's body as its serializer reads it; what it does not know is ignored. Raises ValidationError."""
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def as_a_body(self, shown: Any) -> Any:
        """What a GET shows, in the form in which a PUT would take it: what the form for a change begins with."""
        return shown

    # What goes

    def page_of(self, rows: QuerySet[Row], show: Callable[[Row], Mapping[str, Any]], **options: bool) -> Response:
        """The page that the query asks for. Raises Unprocessable."""
        return self.page_together(rows, lambda found: [show(row) for row in found], **options)

    def page_together(
        self,
        rows: QuerySet[Row],
        show: Callable[[list[Row]], Sequence[Mapping[str, Any]]],
        *,
        may_take_all: bool = False,
    ) -> Response:
        """The same where all rows of the page are shown together, so that what belongs to them is asked for once."""
        page = read_page(self.request.query_params, may_take_all=may_take_all)
        total = rows.count()
        # Without asking for rows that the number has shown not to be there.
        response = Response(show(_rows_of(page, rows) if page.start < total else []))
        response.headers["X-Total-Count"] = str(total)
        link = link_header(self.request.path, self.request.META.get("QUERY_STRING", ""), page, total)
        if link:
            response.headers["Link"] = link
        return response

    def created(self, identifier: object) -> Response:
        """201 with the address of what was made, without the host, as Harbor's clients expect it."""
        return Response(status=201, headers={"Location": f"{self.request.path.rstrip('/')}/{identifier}"})

    def get_exception_handler(self) -> Callable[[Exception, Mapping[str, Any]], Response]:
        return answer_error

    def handle_exception(self, exc: Exception) -> Response:
        """Without DRF's own idea of what a 401 becomes where nobody asks for credentials."""
        response = answer_error(exc, self.get_exception_handler_context())
        response.exception = True
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        session = getattr(request._request, "session", None)
        if session is not None and session.session_key:
            response.headers[CSRF_HEADER] = csrf_token(session.session_key)
        is_page = isinstance(getattr(response, "accepted_renderer", None), ApiPage)
        if response.status_code == 401 and session is not None and not (session.session_key or is_page):
            # A browser would ask its user for a password that a session has made needless, and send it from then on
            # with whatever other sites make it ask for.
            response.headers["WWW-Authenticate"] = ByBasic().authenticate_header(request)
        return response


def _rows_of(page: Page, rows: QuerySet[Row]) -> list[Row]:
    """The keys first: what comes before a late page is counted off without reading, joining and sorting whole rows."""
    if not 0 < page.size <= LARGEST_SIZE:
        return list(rows[page.start : page.end])
    keys = list(rows.values_list("pk", flat=True)[page.start : page.end])
    return list(rows.filter(pk__in=keys))


def require_text(path: Mapping[str, str], query: Mapping[str, str]) -> None:
    """NUL is no text: nothing is called so, and PostgreSQL does not take it. Raises Http404, BadRequest."""
    if any("\0" in text for text in path.values()):
        raise Http404
    if any("\0" in text for text in query.values()):
        raise BadRequest("a query holds no NUL", field="q")
