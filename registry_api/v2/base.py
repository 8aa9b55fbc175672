"""What every view below ``/v2/`` shares: who is calling, what they may do, and how refusals look.

The views are DRF views with everything taken out that a registry client has no use for: no content negotiation (what is
stored is what is served), no parsers (bodies are streams), one authentication class.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.errors import DomainError
from accounts.token_service.v2_authentication import BasicCaller, BearerCaller, RegistryAuthentication, challenge_for
from registry_api import sql
from registry_api.oci.errors import (
    BlobUploadUnknown,
    Denied,
    OciError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unsupported,
)
from registry_api.oci.reference import parse_name
from registry_api.services.access import AccessRefused, require
from registry_api.storage.contract import StoreFull, StoreUnavailable, UploadBusy, UploadLost

log = logging.getLogger("portolan.registry")

JSON = "application/json; charset=utf-8"
PULL = ("pull",)
PUSH = ("pull", "push")
DELETE = ("delete",)


class V2Request(Request):
    """DRF's request, with what is asked of it several times in a request at hand."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, authenticators=AUTHENTICATORS, negotiator=NEGOTIATOR)
        self.method = request.method
        self.META = request.META


AUTHENTICATION = RegistryAuthentication()
AUTHENTICATORS = (AUTHENTICATION,)
# Never asked: clients get what is stored, whatever they say they accept. Without it DRF would make one each time.
NEGOTIATOR = BaseContentNegotiation()


class V2View(APIView):
    """``needs`` says which actions on the repository a method asks for; they also make the scope of the challenge."""

    permission_classes = []
    parser_classes = []
    throttle_classes = []
    renderer_classes = [JSONRenderer]
    versioning_class = None
    schema = None
    # Without OPTIONS: what APIView answers to it describes parsers and renderers that are not here.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    # DRF would put together Allow and Vary for each answer; here a refusal names the methods, and nothing varies.
    default_response_headers: ClassVar[dict[str, str]] = {}

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    repository: str = ""
    caller: BearerCaller | BasicCaller

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        return V2Request(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Name, then identity, then rights: nothing is looked up before the caller may see it."""
        if "name" in kwargs:
            self.repository = parse_name(kwargs["name"])
        self.caller, _ = AUTHENTICATION.authenticate(request)
        self.authorize(request)

    def authorize(self, request: Request) -> None:
        needed = self.needs.get(str(request.method), ())
        if needed:
            require(self.caller, self.repository, *self.required(needed))

    @staticmethod
    def required(needed: tuple[str, ...]) -> tuple[str, ...]:
        """Clients are told to ask for pull with push; what a push itself needs is push."""
        return ("push",) if "push" in needed else needed

    def scope(self, request: Request) -> str:
        """The scope that a token would need for this very request; empty where any token will do."""
        needed = self.needs.get(str(request.method), ())
        return f"repository:{self.repository}:{','.join(needed)}" if self.repository and needed else ""

    def finalize_response(  # type: ignore[override]  # any response will do, and none of DRF's is used
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
        return response

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        error = self.as_oci_error(exc)
        content = error.body()
        response = HttpResponse(
            b"" if self.request.method == "HEAD" else content,
            status=error.status,
            content_type=JSON,
            headers={**error.headers, "Content-Length": str(len(content))},
        )
        if error.status == 401:
            response.headers["WWW-Authenticate"] = challenge_for(
                self.request, self.scope(self.request), getattr(error, "challenge_error", "")
            )
        return response

    def as_oci_error(self, exc: Exception) -> OciError:
        if isinstance(exc, OciError):
            return exc
        if isinstance(exc, AccessRefused):
            return self.refusal(exc)
        if isinstance(exc, MethodNotAllowed):
            return Unsupported(f"{exc.detail}", headers={"Allow": ", ".join(self.allowed_methods)})
        if isinstance(exc, DomainError):
            return OciError(code=exc.code, status=exc.status, message=exc.message)
        if isinstance(exc, UploadLost):
            return BlobUploadUnknown("the bytes of this upload are gone, begin it again")
        if isinstance(exc, UploadBusy):
            return TooManyRequests("another request is writing this upload", headers={"Retry-After": "1"})
        if isinstance(exc, StoreFull):
            log.error("the blob store is full: %s", exc)
            return Unavailable("the registry has no room left for this content", status=507)
        if isinstance(exc, (StoreUnavailable, *sql.PASSING)):
            log.error("%s %s could not be served: %s", self.request.method, self.request.path, exc)
            return Unavailable("the registry cannot reach its storage or database, try again shortly")
        raise exc

    def refusal(self, exc: AccessRefused) -> OciError:
        """A token that falls short can be exchanged for a wider one (401); Basic credentials cannot (403)."""
        name, actions = next(iter(exc.needed.items()))
        message = f"unauthorized to access repository: {name}, action: {','.join(actions)}"
        if self.caller.is_bearer:
            return Unauthorized(message, error=self.caller.refusal_error(name))
        return Denied(message)
