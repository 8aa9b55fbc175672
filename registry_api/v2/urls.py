"""Routes below ``/v2/``. A name may hold slashes and is checked by the views, so that a bad one gets its own error."""

from django.urls import re_path

from registry_api.v2.blobs import BlobView
from registry_api.v2.catalog import CatalogView
from registry_api.v2.manifests import ManifestView
from registry_api.v2.ping import PingView
from registry_api.v2.referrers import ReferrersView
from registry_api.v2.tags import TagsView
from registry_api.v2.uploads import UploadsView, UploadView

urlpatterns = [
    re_path(r"^v2/?\Z", PingView.as_view()),
    re_path(r"^v2/_catalog\Z", CatalogView.as_view()),
    re_path(r"^v2/(?P<name>.+)/tags/list\Z", TagsView.as_view()),
    re_path(r"^v2/(?P<name>.+)/manifests/(?P<reference>[^/]*)\Z", ManifestView.as_view()),
    re_path(r"^v2/(?P<name>.+)/blobs/uploads/?\Z", UploadsView.as_view()),
    re_path(r"^v2/(?P<name>.+)/blobs/uploads/(?P<upload_id>[^/]+)\Z", UploadView.as_view()),
    re_path(r"^v2/(?P<name>.+)/blobs/(?P<digest>[^/]*)\Z", BlobView.as_view()),
    re_path(r"^v2/(?P<name>.+)/referrers/(?P<digest>[^/]*)\Z", ReferrersView.as_view()),
]
