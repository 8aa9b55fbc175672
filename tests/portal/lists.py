"""Where the rows of each room are listed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from registry_api.models import Manifest, Tag

# Those of a repository are listed there and nowhere else.
IN_REPOSITORY: dict[type[Model], str] = {
    Manifest: "registry_api_repository_change",
    Tag: "registry_api_repository_tags",
}


def list_of(model: type[Model]) -> str:
    """The address of one; for artifacts and tags that of the repository which came last."""
    if model in IN_REPOSITORY:
        repository = model._default_manager.order_by("pk").values_list("repository", flat=True).last()
        return reverse(f"admin:{IN_REPOSITORY[model]}", args=[repository])
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def lists(*, of_repository: bool = True) -> dict[str, str]:
    """All of them by the names of the models, with those of a repository or without."""
    models = [model for model in admin.site._registry if of_repository or model not in IN_REPOSITORY]
    return {f"{model._meta.app_label}_{model._meta.model_name}": list_of(model) for model in models}
