"""Routes of the registry below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import re_path

from accounts.rest.urls import PROJECT
from registry_api.rest.project_metadata import MetadataView, OneMetadataView
from registry_api.rest.projects import DeletableView, OneProjectView, ProjectsView, SummaryView

urlpatterns = [
    re_path(r"^projects/?\Z", ProjectsView.as_view()),
    re_path(rf"^{PROJECT}/?\Z", OneProjectView.as_view()),
    re_path(rf"^{PROJECT}/_deletable/?\Z", DeletableView.as_view()),
    re_path(rf"^{PROJECT}/summary/?\Z", SummaryView.as_view()),
    re_path(rf"^{PROJECT}/metadatas/?\Z", MetadataView.as_view()),
    re_path(rf"^{PROJECT}/metadatas/(?P<meta_name>[^/]+)/?\Z", OneMetadataView.as_view()),
]
