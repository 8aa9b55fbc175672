"""All routes of the product; the registry's own ones also run on a leaner handler (portal/wsgi.py)."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
]
urlpatterns += [
    path("", include(module)) for module in ("registry_api.v2.urls", "accounts.token_service.urls") if find_spec(module)
]
