"""Routes of the registry below ``/api/v2.0``."""

from __future__ import annotations

from django.urls import re_path

from accounts.rest.urls import PROJECT
from registry_api.rest.additions import AdditionView
from registry_api.rest.artifact_parts import (
    AccessoriesView,
    ArtifactLabelsView,
    ArtifactLabelView,
    TagsView,
    TagView,
)
from registry_api.rest.artifacts import ArtifactsView, OneArtifactView, ProjectArtifactsView
from registry_api.rest.icons import IconView
from registry_api.rest.immutable_rules import ImmutableRulesView, ImmutableRuleView
from registry_api.rest.labels import LabelsView, LabelView
from registry_api.rest.project_metadata import MetadataView, OneMetadataView
from registry_api.rest.projects import DeletableView, OneProjectView, ProjectsView, SummaryView
from registry_api.rest.quotas import QuotasView, QuotaView
from registry_api.rest.registries import (
    AdapterInfosView,
    AdaptersView,
    RegistriesView,
    RegistryInfoView,
    RegistryPingView,
    RegistryView,
)
from registry_api.rest.repositories import AllRepositoriesView, OneRepositoryView, RepositoriesView
from registry_api.rest.search import SearchView
from registry_api.rest.statistics import StatisticsView

REPOSITORY = rf"{PROJECT}/repositories/(?P<repository_name>[^/]+)"
ARTIFACT = rf"{REPOSITORY}/artifacts/(?P<reference>[^/]+)"

urlpatterns = [
    re_path(r"^projects/?\Z", ProjectsView.as_view()),
    re_path(rf"^{PROJECT}/?\Z", OneProjectView.as_view()),
    re_path(rf"^{PROJECT}/_deletable/?\Z", DeletableView.as_view()),
    re_path(rf"^{PROJECT}/summary/?\Z", SummaryView.as_view()),
    re_path(rf"^{PROJECT}/metadatas/?\Z", MetadataView.as_view()),
    re_path(rf"^{PROJECT}/metadatas/(?P<meta_name>[^/]+)/?\Z", OneMetadataView.as_view()),
    re_path(rf"^{PROJECT}/immutabletagrules/?\Z", ImmutableRulesView.as_view()),
    re_path(rf"^{PROJECT}/immutabletagrules/(?P<immutable_rule_id>[^/]+)/?\Z", ImmutableRuleView.as_view()),
    re_path(r"^icons/(?P<digest>[^/]+)/?\Z", IconView.as_view()),
    re_path(r"^labels/?\Z", LabelsView.as_view()),
    re_path(r"^labels/(?P<label_id>[^/]+)/?\Z", LabelView.as_view()),
    re_path(r"^quotas/?\Z", QuotasView.as_view()),
    re_path(r"^quotas/(?P<quota_id>[^/]+)/?\Z", QuotaView.as_view()),
    re_path(r"^registries/?\Z", RegistriesView.as_view()),
    re_path(r"^registries/ping/?\Z", RegistryPingView.as_view()),
    re_path(r"^registries/(?P<registry_id>[^/]+)/?\Z", RegistryView.as_view()),
    re_path(r"^registries/(?P<registry_id>[^/]+)/info/?\Z", RegistryInfoView.as_view()),
    re_path(r"^replication/adapters/?\Z", AdaptersView.as_view()),
    re_path(r"^replication/adapterinfos/?\Z", AdapterInfosView.as_view()),
    re_path(r"^repositories/?\Z", AllRepositoriesView.as_view()),
    re_path(rf"^{PROJECT}/repositories/?\Z", RepositoriesView.as_view()),
    re_path(rf"^{REPOSITORY}/?\Z", OneRepositoryView.as_view()),
    re_path(rf"^{PROJECT}/artifacts/?\Z", ProjectArtifactsView.as_view()),
    re_path(rf"^{REPOSITORY}/artifacts/?\Z", ArtifactsView.as_view()),
    re_path(rf"^{ARTIFACT}/?\Z", OneArtifactView.as_view()),
    re_path(rf"^{ARTIFACT}/tags/?\Z", TagsView.as_view()),
    re_path(rf"^{ARTIFACT}/tags/(?P<tag_name>[^/]+)/?\Z", TagView.as_view()),
    re_path(rf"^{ARTIFACT}/accessories/?\Z", AccessoriesView.as_view()),
    re_path(rf"^{ARTIFACT}/additions/(?P<addition>[^/]+)/?\Z", AdditionView.as_view()),
    re_path(rf"^{ARTIFACT}/labels/?\Z", ArtifactLabelsView.as_view()),
    re_path(rf"^{ARTIFACT}/labels/(?P<label_id>[^/]+)/?\Z", ArtifactLabelView.as_view()),
    re_path(r"^search/?\Z", SearchView.as_view()),
    re_path(r"^statistics/?\Z", StatisticsView.as_view()),
]
