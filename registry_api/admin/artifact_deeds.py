"""What can be done to an artifact: its tags, its labels, copying it, deleting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.actors import Actor, actor_of
from accounts.console.here import here_of
from accounts.console.room import Room
from accounts.console.telling import Refusal, add_refusal
from accounts.errors import DomainError, Forbidden, NotFound
from accounts.models import Project
from registry_api.admin.artifact_forms import CopyForm
from registry_api.admin.artifact_page import page_of
from registry_api.console.shown import short_digest
from registry_api.models import Label, Manifest, Tag
from registry_api.oci.errors import NameInvalid, OciError
from registry_api.services.artifacts import create_tag, delete_artifact, goes_with, move_tag, remove_tag
from registry_api.services.copies import copy_artifact, move_artifact
from registry_api.services.labels import NO_LABEL, attach_label, detach_label

Deed = Callable[[Actor, Manifest, HttpRequest], str]
# The forms of the artifact's page, and the field of each, by what is done with it.
TYPED = {"tag": ("tag_form", "name"), "move-tag": ("tag_form", "name"), "label": ("label_form", "label")}


class ArtifactDeeds(Room):
    """The half of the artifacts' room that changes something. Each deed goes back to the artifact's page, or shows it
    again with what was typed and why that cannot be."""

    def deed_urls(self) -> list[URLPattern]:
        def deed(word: str, what: Deed) -> URLPattern:
            def view(request: HttpRequest, pk: int) -> HttpResponse:
                return self._do(request, pk, word, what)

            guarded = self.admin_site.admin_view(require_POST(view))
            return path(f"<int:pk>/{word}/", guarded, name=f"registry_api_manifest_{word}")

        view = self.admin_site.admin_view
        return [
            deed("tag", add_tag),
            deed("untag", take_tag),
            deed("move-tag", bring_tag),
            deed("label", add_label),
            deed("unlabel", take_label),
            path("<int:pk>/copy/", view(self.copy_view), name="registry_api_manifest_copy"),
            path("<int:pk>/remove/", view(self.remove_view), name="registry_api_manifest_remove"),
        ]

    def _do(self, request: HttpRequest, pk: int, word: str, deed: Deed) -> HttpResponse:
        row = self.found(request, pk)
        try:
            sentence = deed(actor_of(request.user), row, request)
        except (DomainError, OciError) as error:
            if word in TYPED and not isinstance(error, Forbidden):
                return self.artifact_page(request, self.found(request, pk), (word, error))
            self.tell(request, error)
        else:
            self.message_user(request, sentence, messages.SUCCESS)
        return self.to("change", row.pk)

    def artifact_page(
        self, request: HttpRequest, row: Manifest, refused: tuple[str, Refusal] | None = None
    ) -> HttpResponse:
        """``refused`` is the deed that could not be done, with the reason."""
        context = {
            "title": short_digest(row.digest),
            **page_of(here_of(request), row, request.POST if refused else None),
        }
        if refused is not None:
            word, error = refused
            name, field = TYPED[word]
            form = context[name]
            # What the form says by itself of what was typed is enough.
            if form.is_valid():
                add_refusal(form, error, otherwise=field)
            form.fields[field].widget.attrs["autofocus"] = True
        return self.page(request, "console/artifact/page.html", context)

    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, actor, here = self.found(request, pk), actor_of(request.user), here_of(request)
        if not here.may("repository", "pull"):
            raise PermissionDenied
        targets = list(Project.objects.allowing(actor, "repository", "push").order_by("name"))
        may_move = here.may("artifact", "delete")
        start = {"project": row.repository.project.name, "repository": row.repository.name.partition("/")[2]}
        form = CopyForm(request.POST or None, initial=start, projects=targets, may_move=may_move)
        if request.method == "POST" and form.is_valid():
            try:
                return self._copied(request, row, targets, form.cleaned_data)
            except (DomainError, OciError) as error:
                add_refusal(form, error, otherwise="repository" if isinstance(error, NameInvalid) else None)
        return self.page(
            request, "console/artifact/copy.html", {"title": _("Copy"), "original": row, "artifact": row, "form": form}
        )

    def _copied(
        self, request: HttpRequest, row: Manifest, targets: list[Project], data: dict[str, Any]
    ) -> HttpResponse:
        actor = actor_of(request.user)
        project = next(each for each in targets if each.name == data["project"])
        name = f"{project.name}/{data['repository'].strip('/')}"
        bring = move_artifact if data.get("move") else copy_artifact
        bring(actor=actor, source=row.repository, digest=row.digest, project=project, name=name)
        self.message_user(request, gettext("It is in %s now.") % name, messages.SUCCESS)
        copied = Manifest.objects.filter(repository__name=name, digest=row.digest).values_list("pk", flat=True).first()
        return self.to("change", copied)

    def remove_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(request, pk)
        if not here_of(request).may("artifact", "delete"):
            raise PermissionDenied
        if request.method == "POST":
            try:
                delete_artifact(actor=actor_of(request.user), repository=row.repository, digest=row.digest)
            except (DomainError, OciError) as error:
                self.tell(request, error)
                return self.to("change", row.pk)
            self.message_user(request, gettext("%s is deleted.") % short_digest(row.digest), messages.SUCCESS)
            return redirect("admin:registry_api_repository_change", row.repository_id)
        return self.page(request, "console/artifact/remove.html", {"title": _("Delete"), **what_goes(row)})


def what_goes(row: Manifest) -> dict[str, Any]:
    """Everything that deleting the artifact takes with it, by name."""
    gone = Manifest.objects.filter(pk__in=[row.pk, *goes_with(row.repository, row.pk, row.digest)]).defer("content")
    together = sorted(gone, key=lambda each: each.pk != row.pk)
    return {
        "artifact": row,
        "original": row,
        "gone": together[1:],
        "tags": list(Tag.objects.filter(manifest__in=together).order_by("name")),
        "parts_that_stay": row.references.filter(child__isnull=False).exclude(child__in=together).count(),
    }


def add_tag(actor: Actor, row: Manifest, request: HttpRequest) -> str:
    name = request.POST.get("name", "").strip()
    create_tag(actor=actor, repository=row.repository, digest=row.digest, tag=name)
    return gettext("The tag %s is here now.") % name


def take_tag(actor: Actor, row: Manifest, request: HttpRequest) -> str:
    name = request.POST.get("name", "")
    if not (name.isprintable() and Tag.objects.filter(manifest=row, name=name).exists()):
        raise NotFound(gettext("the artifact has no such tag"))
    remove_tag(actor=actor, repository=row.repository, tag=name)
    return gettext("The tag %s is gone.") % name


def bring_tag(actor: Actor, row: Manifest, request: HttpRequest) -> str:
    name = request.POST.get("name", "").strip()
    move_tag(actor=actor, repository=row.repository, digest=row.digest, tag=name)
    return gettext("The tag %s is here now.") % name


def add_label(actor: Actor, row: Manifest, request: HttpRequest) -> str:
    label = _label(request)
    if label is None:
        raise NotFound(NO_LABEL)
    attach_label(actor=actor, label=label, manifest=row)
    return gettext("It is labelled %s now.") % label.name


def take_label(actor: Actor, row: Manifest, request: HttpRequest) -> str:
    label = _label(request)
    if label is None:
        raise NotFound(NO_LABEL)
    detach_label(actor=actor, label_id=label.pk, manifest=row)
    return gettext("It is no longer labelled %s.") % label.name


def _label(request: HttpRequest) -> Label | None:
    number = request.POST.get("label", "")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return Label.objects.filter(pk=int(number)).first() if is_number else None
