"""Portolan: registry_api."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry_api"
    verbose_name = _("Registry")
