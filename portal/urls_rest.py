"""Routes of the REST interface: Harbor's ``/api/v2.0``, and its addresses for signing in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from accounts.rest.login import LoginView, LogoutView
from accounts.rest.urls import PROJECT
from portal.rest.api_version import show_api_version
from portal.rest.documents import RootView, show_docs, show_document
from portal.rest.health import HealthView
from portal.rest.later import LATER, LaterView
from portal.rest.ping import PingView
from portal.rest.project_scanner import CandidatesView, ProjectScannerView
from portal.rest.sessions import SignInView, SignOutView
from portal.rest.system_info import RootCertificateView, SystemInfoView, VolumesView
from portal.rest.unknown import UnknownView

api: list[URLPattern | URLResolver] = [
    path("", include("accounts.rest.urls")),
    path("", include("registry_api.rest.urls")),
    path("", include("jobs.rest.urls")),
    re_path(r"^health/?\Z", HealthView.as_view()),
    re_path(rf"^{PROJECT}/scanner/?\Z", ProjectScannerView.as_view()),
    re_path(rf"^{PROJECT}/scanner/candidates/?\Z", CandidatesView.as_view()),
    re_path(r"^ping/?\Z", PingView.as_view()),
    re_path(r"^systeminfo/?\Z", SystemInfoView.as_view()),
    re_path(r"^systeminfo/volumes/?\Z", VolumesView.as_view()),
    re_path(r"^systeminfo/getcert/?\Z", RootCertificateView.as_view()),
    re_path(LATER, LaterView.as_view()),
    re_path(r"", UnknownView.as_view()),
]

urlpatterns = [
    re_path(r"^api/v2\.0/?\Z", RootView.as_view(), name="api-root"),
    re_path(r"^api/v2\.0(?:/|\Z)", include(api)),
    re_path(r"^api/version/?\Z", show_api_version),
    path("api/openapi.json", show_document, name="api-document"),
    path("api/docs/", show_docs, name="api-docs"),
    path("api/sign-in/", SignInView.as_view(), name="api-sign-in"),
    path("api/sign-out/", SignOutView.as_view(), name="api-sign-out"),
    # Where Harbor's portal has its Swagger UI.
    re_path(
        r"^devcenter-api-2\.0/?\Z", RedirectView.as_view(pattern_name="api-docs", http_method_names=["get", "head"])
    ),
    re_path(r"^c/login/?\Z", LoginView.as_view()),
    re_path(r"^c/log_out/?\Z", LogoutView.as_view()),
]
