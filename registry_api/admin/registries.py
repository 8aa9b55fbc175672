"""Other registries, to copy from and to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.console.service_room import ServiceForm, ServiceRoom
from registry_api.models import Registry
from registry_api.remotes.adapters import KINDS
from registry_api.remotes.endpoint import BASIC, OAUTH, SECRET
from registry_api.services.registries import create_registry, delete_registry, update_registry
from registry_api.services.registry_checks import check_registries

URL_HELP = _(
    "Such as https://registry.example.com. Addresses inside this machine are called only where the installation's "
    "settings allow it."
)
KEY_HELP = _("Empty: without signing in. A robot with just the rights that are needed is better than a person.")
SECRET_HELP = _("It is encrypted and never shown again.")
KEEP_HELP = _("Empty: as it is. It is encrypted and never shown again. With another address it has to be given again.")
INSECURE_HELP = _("Only for tests: anybody on the way could pretend to be this registry, and read the password.")
CERTIFICATE_HELP = _("PEM. Where the registry's certificate comes from an authority of your own: that authority's one.")
CREDENTIALS = ((BASIC, _("Name and password")), (OAUTH, _("Refresh token")), (SECRET, _("Access key and its secret")))


class RegistryForm(ServiceForm):
    told_at: ClassVar[Mapping[str, str]] = {"access_secret": "secret"}

    type = forms.ChoiceField(label=_("Type"), choices=[(kind.name, kind.title) for kind in KINDS.values()])
    credential_type = forms.ChoiceField(label=_("Way of signing in"), choices=CREDENTIALS)
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=SECRET_HELP,
    )

    class Meta:
        widgets = {"description": forms.Textarea(attrs={"rows": 2}), "ca_certificate": forms.Textarea}
        help_texts = {
            "url": URL_HELP,
            "access_key": KEY_HELP,
            "insecure": INSECURE_HELP,
            "ca_certificate": CERTIFICATE_HELP,
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.fields["secret"].help_text = KEEP_HELP


CONNECTION = ("url", "credential_type", "access_key", "secret", "insecure", "ca_certificate")


@admin.register(Registry)
class RegistryAdmin(ServiceRoom):
    list_title = _("Registries")
    form = RegistryForm
    list_display = ("name", "type", "url", "status", "status_message", "checked_at")
    list_filter = ("type", "status")
    search_fields = ("name", "url", "description")
    ordering = ("name",)
    actions = ("test",)
    add_fields = ("name", "type", *CONNECTION, "description")
    change_fields = ("name", *CONNECTION, "description")
    fixed_fields = ("type", "status", "status_message", "checked_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Registry]:
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Registry] = rows.without_secrets()
        return shown

    def form_page(
        self, request: HttpRequest, object_id: str | None, form_url: str, context: dict[str, Any]
    ) -> HttpResponse:
        """Without the transaction that Django has around it: the other registry is called in the middle, and nobody
        else could write meanwhile. The services have theirs."""
        view: Callable[..., HttpResponse] = self._changeform_view
        return view(request, object_id, form_url, context)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Registry:
        secret = data.pop("secret")
        return create_registry(actor=actor, access_secret=secret, **data)

    def change(
        self, request: HttpRequest, actor: Actor, row: Registry, data: dict[str, Any], changed: set[str]
    ) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed and name != "secret"}
        if data["secret"] or ("access_key" in changed and not data["access_key"]):
            given["access_secret"] = data["secret"]
        if given:
            update_registry(actor=actor, registry=row, **given)

    def hold(self, pk: int) -> None:
        """Not while a stranger is waited for: the service makes sure that nobody has changed it since."""

    def seen(self, row: Registry) -> dict[str, Any]:
        """With the secret as it is kept, enciphered: it only counts whether it is the same one."""
        kept = Registry.objects.filter(pk=row.pk).annotate(kept=Cast("access_secret", TextField()))
        return {**super().seen(row), "secret": kept.values_list("kept", flat=True).first()}

    def remove(self, actor: Actor, row: Registry) -> None:
        delete_registry(actor=actor, registry=row)

    @admin.action(description=_("Test the connection"))
    def test(self, request: HttpRequest, queryset: QuerySet[Registry]) -> None:
        for row in check_registries(actor=actor_of(request.user), registries=queryset):
            if row.status_message:
                words = _("%(name)s cannot be used: %(reason)s") % {"name": row.name, "reason": row.status_message}
                self.message_user(request, words, messages.ERROR)
            else:
                self.message_user(request, _("%(name)s can be used.") % {"name": row.name}, messages.SUCCESS)
