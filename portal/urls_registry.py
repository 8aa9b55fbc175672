"""Routes of the lean handler: what registry clients speak to, and nothing of the portal."""

from django.urls import include, path

urlpatterns = [
    path("", include("registry_api.v2.urls")),
    path("", include("accounts.token_service.urls")),
]
