"""All routes of the product. The registry's own ones are answered by a leaner handler where portal/wsgi.py serves."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

from portal.console.preferences import choose_language

urlpatterns = [
    path("", include("portal.urls_registry")),
    path("", include("portal.urls_rest")),
    path("admin/", admin.site.urls),
    path("language/", choose_language, name="set_language"),
    path(
        "favicon.ico",
        RedirectView.as_view(url=lazy(static, str)("portal/favicon.svg"), http_method_names=["get", "head"]),
    ),
    path("", RedirectView.as_view(pattern_name="admin:index", http_method_names=["get", "head"]), name="home"),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.failed"
